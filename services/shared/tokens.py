"""Signed tokens that say who asks: made by the agents service alone, checked anywhere by their signature."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from services.shared.clock import Clock

ALGORITHM = "EdDSA"
ISSUER = "switchroom-agents"
AUDIENCE = "switchroom"
LIFETIME_S_MAX = 900
TOKEN_CHARACTERS_MAX = 4096
# Clocks of two machines differ; a token that is a little early is no attack. An expired one is refused at once.
EARLY_S = 60
MS_PER_S = 1000
CLAIMS = ("iss", "aud", "sub", "iat", "nbf", "exp", "tenant", "companies", "role", "agent")


class Role(StrEnum):
    """What someone may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    ANALYST = "analyst"


class TokenRefused(Exception):
    """The token is not one of ours, or not valid now."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. No companies: all of the tenant's. `agent` is empty for who is not an agent."""

    tenant: str
    companies: tuple[str, ...]
    role: Role
    agent: str
    subject: str
    expires_at_s: int

    def may_see(self, company: str) -> bool:
        """Whether what belongs to this company may be shown to them."""
        return not self.companies or company in self.companies


def make_key_pair() -> tuple[bytes, bytes]:
    """A new private and its public key, PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class TokenMaker:
    """Signs tokens."""

    def __init__(self, private_pem: bytes, clock: Clock) -> None:
        key = load_pem_private_key(private_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the key that signs tokens must be an Ed25519 key: make one with make_key_pair")
        self._key = key
        self._clock = clock

    def make(  # noqa: PLR0913, PLR0917  # each is a fact of the token
        self,
        tenant: str,
        companies: tuple[str, ...],
        role: Role,
        agent: str,
        subject: str,
        lifetime_s: int = LIFETIME_S_MAX,
    ) -> str:
        """A token that is valid from now on. Raises ValueError when it would live longer than 15 minutes."""
        if not 0 < lifetime_s <= LIFETIME_S_MAX:
            raise ValueError(f"a token lives 1 to {LIFETIME_S_MAX} seconds, not {lifetime_s}")
        now_s = self._clock.wall_ms() // MS_PER_S
        times = {"iat": now_s, "nbf": now_s, "exp": now_s + lifetime_s}
        who = {"sub": subject, "tenant": tenant, "companies": list(companies), "role": role.value, "agent": agent}
        return jwt.encode({"iss": ISSUER, "aud": AUDIENCE} | times | who, self._key, algorithm=ALGORITHM)


class TokenChecker:
    """Checks tokens by the public key."""

    def __init__(self, public_pem: bytes, clock: Clock) -> None:
        key = load_pem_public_key(public_pem)
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("the key that checks tokens must be an Ed25519 key: make one with make_key_pair")
        self._key = key
        self._clock = clock

    def check(self, token: str) -> Identity:
        """Who it speaks of. Raises TokenRefused."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise TokenRefused("the token is too long: log in again")
        claims = self._claims(token)
        _check_times(claims, self._clock.wall_ms() // MS_PER_S)
        return _identity(claims)

    def _claims(self, token: str) -> dict[str, Any]:
        # The times are checked by our clock below, not by the library's.
        options: Any = {"require": list(CLAIMS), "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        try:
            return jwt.decode(
                token, self._key, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=options
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise TokenRefused("the token is not one of ours: log in again") from error


def _check_times(claims: dict[str, Any], now_s: int) -> None:
    times = [claims["iat"], claims["nbf"], claims["exp"]]
    if any(type(time) is not int for time in times):
        raise TokenRefused("the token's times are no whole numbers: log in again")
    issued_s, from_s, expires_s = times
    if now_s >= expires_s:
        raise TokenRefused("the token has expired: log in again")
    if now_s + EARLY_S < max(issued_s, from_s):
        raise TokenRefused("the token is not valid yet: set the clocks of the machines")
    if expires_s - issued_s > LIFETIME_S_MAX:
        raise TokenRefused("the token lives longer than is allowed: log in again")


def _identity(claims: dict[str, Any]) -> Identity:
    companies = claims["companies"]
    if not isinstance(companies, list) or claims["role"] not in list(Role):
        raise TokenRefused("the token's claims are malformed: log in again")
    texts = [claims["tenant"], claims["agent"], claims["sub"], *companies]
    if not claims["tenant"] or not all(isinstance(text, str) for text in texts):
        raise TokenRefused("the token's claims are malformed: log in again")
    return Identity(
        tenant=claims["tenant"],
        companies=tuple(companies),
        role=Role(claims["role"]),
        agent=claims["agent"],
        subject=claims["sub"],
        expires_at_s=claims["exp"],
    )
