"""A private CA and its certificates, for trying things out and for tests: one for each service, by its DNS name."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.shared.service_names import dns_name

# `programs` is for the command line and for programs that speak gRPC with the router.
SERVICES = ("ingest", "router", "agents", "reporting", "programs")
AUTHORITY_DAYS = 3650
# Clocks of machines differ by so much.
SKEW = timedelta(minutes=5)
# The names that a Secret of Kubernetes and cert-manager have for them.
CERT, KEY, CA = "tls.crt", "tls.key", "ca.crt"
CA_KEY = "ca.key"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._certificate = x509.load_pem_x509_certificate(pair.certificate)
        self._key = _private(pair.key)

    @classmethod
    def new(cls) -> "Authority":
        """One that nobody else knows."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Switchroom's own CA")
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        begun = _begun(name, name, key.public_key(), timedelta(days=AUTHORITY_DAYS))
        begun = (
            begun.add_extension(constraints, critical=True)
            .add_extension(_may_sign(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return cls(_pair(begun.sign(key, hashes.SHA256()), key))

    def certify(self, *names: str, valid: timedelta) -> Pair:
        """A certificate, with a key of its own, for DNS names and IP addresses, of servers and clients alike."""
        key = ec.generate_private_key(ec.SECP256R1())
        begun = _begun(_name(names[0]), self._certificate.subject, key.public_key(), valid)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        begun = (
            begun.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(_signed_by(self._key.public_key()), critical=False)
        )
        return _pair(begun.sign(self._key, hashes.SHA256()), key)


def write_certificates(folder: Path, days: int) -> list[Path]:
    """New certificates of all services, each with what it needs in a folder of its own; by the CA there, or a new one.

    Raises OSError, and ValueError where the CA's files are none.
    """
    authority = _kept(folder)
    return [
        write_pair(folder / service, authority, authority.certify(dns_name(service), valid=timedelta(days=days)))
        for service in SERVICES
    ]


def write_pair(folder: Path, authority: Authority, pair: Pair) -> Path:
    """What a process mounts: its certificate, its key, and whom it trusts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in ((KEY, pair.key), (CERT, pair.certificate), (CA, authority.pair.certificate)):
        _write(folder / name, content)
    return folder


def _kept(folder: Path) -> Authority:
    if (folder / CA_KEY).exists():
        return Authority(Pair((folder / CA).read_bytes(), (folder / CA_KEY).read_bytes()))
    authority = Authority.new()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / CA_KEY, authority.pair.key)
    _write(folder / CA, authority.pair.certificate)
    return authority


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and for its owner alone from the first moment on."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    new.replace(file)


def _begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + valid) - SKEW)
        .not_valid_after(now + valid)
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    key_bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate.public_bytes(Encoding.PEM), key_bytes)


def _private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key of the CA is not one that this command made")  # noqa: TRY004  # a file's content
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed_by(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _may_sign() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
