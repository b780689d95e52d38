"""The forms in which keys stand in settings: checked when they are read, so that a wrong one is named at the start."""

import re
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import AfterValidator, SecretStr

PEM_BEGINS = "-----BEGIN"
# The one line between the lines that begin and end a PEM of this kind of key: it fits into any file of variables.
ED25519_PRIVATE = re.compile(r"MC4CAQAwBQYDK2Vw[A-Za-z0-9+/]{48}")
ED25519_PUBLIC = re.compile(r"MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=")
FILE_BYTES_MAX = 10_000
HEX_BYTES_MIN = 16
MAKE_KEYS = "`switchroom keys` makes keys"


def _private_key(value: SecretStr) -> SecretStr:
    pem = _pem(value.get_secret_value(), ED25519_PRIVATE, "PRIVATE KEY")
    try:
        good = isinstance(load_pem_private_key(pem.encode(), password=None), Ed25519PrivateKey)
    except (ValueError, TypeError):
        good = False
    if not good:
        raise ValueError(f"this is no private Ed25519 key: {MAKE_KEYS}")
    return SecretStr(pem)


def _public_key(value: str) -> str:
    pem = _pem(value, ED25519_PUBLIC, "PUBLIC KEY")
    try:
        good = isinstance(load_pem_public_key(pem.encode()), Ed25519PublicKey)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"this is no public Ed25519 key: {MAKE_KEYS}")
    return pem


def _pem(value: str, line: re.Pattern[str], kind: str) -> str:
    if value.startswith(PEM_BEGINS):
        return value
    if line.fullmatch(value):
        return f"-----BEGIN {kind}-----\n{value}\n-----END {kind}-----\n"
    try:
        with Path(value).open() as file:
            return file.read(FILE_BYTES_MAX)
    except (OSError, ValueError):
        raise ValueError(f"this is no PEM, nor a file of one that can be read: {MAKE_KEYS}") from None


def _hex_key(value: SecretStr) -> SecretStr:
    try:
        key = bytes.fromhex(value.get_secret_value())
    except ValueError:
        raise ValueError("is not hex: make one with `openssl rand -hex 32`") from None
    if len(key) < HEX_BYTES_MIN:
        raise ValueError("is shorter than 16 bytes: make one with `openssl rand -hex 32`")
    return value


# Once read these are PEM, whether the variable holds the PEM, its one base64 line, or the path of its file.
PrivateKeyPem = Annotated[SecretStr, AfterValidator(_private_key)]
PublicKeyPem = Annotated[str, AfterValidator(_public_key)]
# Hex of at least 16 bytes.
HexKey = Annotated[SecretStr, AfterValidator(_hex_key)]
