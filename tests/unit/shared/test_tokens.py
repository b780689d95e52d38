import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from services.shared.tokens import (
    AUDIENCE,
    ISSUER,
    Identity,
    Role,
    TokenChecker,
    TokenMaker,
    TokenRefused,
    make_key_pair,
)
from tests.fakes.manual_clock import ManualClock

PRIVATE, PUBLIC = make_key_pair()
CLOCK = ManualClock()
NOW_S = CLOCK.wall_ms() // 1000
GOOD = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "key-1",
    "iat": NOW_S,
    "nbf": NOW_S,
    "exp": NOW_S + 900,
    "tenant": "acme",
    "companies": ["pumps"],
    "role": "agent",
    "agent": "ann",
}


def signed(claims: dict[str, object]) -> str:
    return jwt.encode(claims, PRIVATE, algorithm="EdDSA")


def test_a_token_says_who_asks_and_until_when() -> None:
    token = TokenMaker(PRIVATE, CLOCK).make("acme", ("pumps", "fans"), Role.AGENT, "ann", "key-1", 60)
    assert TokenChecker(PUBLIC, CLOCK).check(token) == Identity(
        "acme", ("pumps", "fans"), Role.AGENT, "ann", "key-1", NOW_S + 60
    )


def test_a_person_limited_to_companies_may_see_only_those() -> None:
    limited = Identity("acme", ("pumps",), Role.AGENT, "ann", "", 0)
    assert limited.may_see("pumps")
    assert not limited.may_see("fans")
    assert Identity("acme", (), Role.ADMIN, "", "", 0).may_see("fans")


def test_a_token_is_good_until_the_second_in_which_it_expires() -> None:
    clock = ManualClock()
    token = TokenMaker(PRIVATE, clock).make("acme", (), Role.ADMIN, "", "x", 60)
    clock.pass_ms(59_999)
    TokenChecker(PUBLIC, clock).check(token)
    clock.pass_ms(1)
    with pytest.raises(TokenRefused, match="expired"):
        TokenChecker(PUBLIC, clock).check(token)


@pytest.mark.parametrize("lifetime_s", [0, -1, 901])
def test_no_token_lives_longer_than_15_minutes(lifetime_s: int) -> None:
    with pytest.raises(ValueError, match="900"):
        TokenMaker(PRIVATE, CLOCK).make("acme", (), Role.ADMIN, "", "x", lifetime_s)


@pytest.mark.parametrize("claim", sorted(GOOD))
def test_a_token_without_one_of_its_claims_is_refused(claim: str) -> None:
    with pytest.raises(TokenRefused):
        TokenChecker(PUBLIC, CLOCK).check(signed({name: value for name, value in GOOD.items() if name != claim}))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "someone"),
        ("aud", "other"),
        ("exp", NOW_S),
        ("exp", NOW_S - 1),
        ("exp", NOW_S + 901),
        ("exp", 2**63),
        ("exp", "soon"),
        ("exp", True),
        ("exp", float(NOW_S + 60)),
        ("nbf", NOW_S + 61),
        ("iat", NOW_S + 61),
        ("iat", None),
        ("tenant", ""),
        ("tenant", 7),
        ("tenant", ["acme"]),
        ("companies", "pumps"),
        ("companies", [1]),
        ("companies", None),
        ("role", "root"),
        ("role", ["agent"]),
        ("role", {}),
        ("agent", None),
        ("sub", 5),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(claim: str, value: object) -> None:
    with pytest.raises(TokenRefused):
        TokenChecker(PUBLIC, CLOCK).check(signed(GOOD | {claim: value}))


def test_a_good_token_by_hand_is_taken_so_that_the_refusals_above_mean_something() -> None:
    assert TokenChecker(PUBLIC, CLOCK).check(signed(GOOD)).tenant == "acme"


def test_a_clock_that_is_behind_by_less_than_a_minute_does_no_harm() -> None:
    assert TokenChecker(PUBLIC, CLOCK).check(signed(GOOD | {"iat": NOW_S + 60, "nbf": NOW_S + 60})).agent == "ann"


def _unsigned(header: dict[str, object]) -> str:
    parts = [json.dumps(header).encode(), json.dumps(GOOD).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "x" * 1_000_000,
        "[" * 4000,
        "ü.ü.ü",
        _unsigned({"alg": "none", "typ": "JWT"}),
        _unsigned({"alg": "EdDSA", "typ": "JWT"}),
        jwt.encode(GOOD, "k" * 64, algorithm="HS256"),
        jwt.encode(GOOD, make_key_pair()[0], algorithm="EdDSA"),
        jwt.encode(GOOD, make_key_pair()[0], algorithm="EdDSA", headers={"kid": "../../key", "jku": "http://x"}),
        signed(GOOD)[:-4] + "AAAA",
        signed(GOOD) + ".x",
    ],
)
def test_what_we_did_not_sign_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        TokenChecker(PUBLIC, CLOCK).check(token)


def test_a_key_of_another_kind_is_not_taken() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(TypeError, match="Ed25519"):
        TokenMaker(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), CLOCK)
    with pytest.raises(TypeError, match="Ed25519"):
        TokenChecker(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), CLOCK)
