"""Keys in settings: each of their forms is read, and what is none is refused without being repeated."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.key_settings import HexKey, PrivateKeyPem, PublicKeyPem
from services.shared.tokens import make_key_pair

PRIVATE, PUBLIC = (pem.decode() for pem in make_key_pair())


class Keys(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    private: PrivateKeyPem
    public: PublicKeyPem
    hex: HexKey


def keys(private: str = PRIVATE, public: str = PUBLIC, hex: str = "ab" * 16) -> Keys:
    return Keys.model_validate({"private": private, "public": public, "hex": hex})


def test_a_key_is_a_pem_its_one_line_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "private").write_text(PRIVATE)
    (tmp_path / "public").write_text(PUBLIC)
    for read in (
        keys(),
        keys(PRIVATE.splitlines()[1], PUBLIC.splitlines()[1]),
        keys(str(tmp_path / "private"), str(tmp_path / "public")),
    ):
        assert read.private.get_secret_value() == PRIVATE
        assert read.public == PUBLIC


def other_key() -> tuple[str, str]:
    """A pair of another kind."""
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


OTHER_PRIVATE, OTHER_PUBLIC = other_key()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"private": "canary"}, "no PEM, nor a file"),
        ({"private": "canary\0"}, "no PEM, nor a file"),
        ({"private": "canary" * 2_000}, "no PEM, nor a file"),
        ({"private": "/"}, "no PEM, nor a file"),
        ({"private": PRIVATE[:60]}, "no private Ed25519 key"),
        ({"private": PUBLIC}, "no private Ed25519 key"),
        ({"private": OTHER_PRIVATE}, "no private Ed25519 key"),
        ({"public": OTHER_PUBLIC}, "no public Ed25519 key"),
        ({"public": PRIVATE}, "no public Ed25519 key"),
        ({"public": __file__}, "no public Ed25519 key"),
        ({"hex": "canary"}, "is not hex"),
        ({"hex": "ab" * 15}, "shorter than 16 bytes"),
    ],
)
def test_what_is_no_such_key_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        keys(**given)
    assert "canary" not in str(refused.value)
    assert "MC4C" not in str(refused.value)
