"""`switchroom certificates`: one for each service by a CA of its own, and secret from the first moment on."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.authority import CA, CA_KEY, CERT, KEY, SERVICES


def certificates(*arguments: str) -> str:
    ended = CliRunner().invoke(app, ["certificates", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_each_service_gets_a_certificate_with_its_name_and_a_key_of_its_own(tmp_path: Path) -> None:
    said = certificates(str(tmp_path / "tls"), "--days", "30")
    assert said.split() == [str(tmp_path / "tls" / service) for service in SERVICES]
    for service in SERVICES:
        made = read(tmp_path / "tls" / service / CERT)
        made.verify_directly_issued_by(read(tmp_path / "tls" / service / CA))
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [f"{service}.switchroom"]
        assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 30
    assert len({(tmp_path / "tls" / service / KEY).read_bytes() for service in SERVICES}) == len(SERVICES)


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    certificates(str(tmp_path / "tls"))
    everything = [tmp_path / "tls", *(tmp_path / "tls").rglob("*")]
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in everything}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_again_it_makes_new_ones_by_the_same_authority(tmp_path: Path) -> None:
    certificates(str(tmp_path))
    before = {service: (tmp_path / service / CERT).read_bytes() for service in SERVICES}
    authority = (tmp_path / CA).read_bytes()
    certificates(str(tmp_path))
    assert (tmp_path / CA).read_bytes() == authority
    assert not {(tmp_path / service / CERT).read_bytes() for service in SERVICES} & set(before.values())


def test_two_systems_have_nothing_in_common(tmp_path: Path) -> None:
    for name in ("a", "b"):
        certificates(str(tmp_path / name))
    assert (tmp_path / "a" / CA_KEY).read_bytes() != (tmp_path / "b" / CA_KEY).read_bytes()


@pytest.mark.parametrize("broken", [CA, CA_KEY])
def test_an_authority_that_cannot_be_read_is_said_and_not_replaced(tmp_path: Path, broken: str) -> None:
    certificates(str(tmp_path))
    (tmp_path / broken).write_bytes(b"none")
    ended = CliRunner().invoke(app, ["certificates", str(tmp_path)])
    assert ended.exit_code == 1
    assert "no certificates were made" in ended.stderr
    assert (tmp_path / broken).read_bytes() == b"none"
