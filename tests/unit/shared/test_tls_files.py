"""Files of TLS: taken when they fit together, kept when new ones don't, measured for whoever has to renew them."""

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from services.cli.authority import CA, CERT, KEY, Authority
from services.shared.service_names import dns_name, may_call
from services.shared.settings import TlsSettings
from services.shared.tls_files import TlsFiles, TlsFilesWrong
from services.shared.tls_metrics import tls_of
from tests.fakes.papers import DAY, files_in, put_papers

HOUR_S = 3600


@pytest.fixture
def authority() -> Authority:
    return Authority.new()


def test_new_files_are_taken_when_they_are_asked_for(tmp_path: Path, authority: Authority) -> None:
    first = put_papers(tmp_path, authority, "router")
    files = files_in(tmp_path)
    before = files.now()
    assert (before.certificate, before.key, before.authorities) == (
        first.certificate,
        first.key,
        authority.pair.certificate,
    )
    assert files.now() is before
    second = put_papers(tmp_path, authority, "router")
    assert files.now().certificate == second.certificate


def test_a_mounted_secret_changes_by_a_link(tmp_path: Path, authority: Authority) -> None:
    for version in ("1", "2"):
        put_papers(tmp_path / version, authority, "router")
    (tmp_path / "data").symlink_to("1")
    files = files_in(tmp_path / "data")
    before = files.now()
    (tmp_path / "new").symlink_to("2")
    (tmp_path / "new").rename(tmp_path / "data")
    assert files.now().certificate == (tmp_path / "2" / CERT).read_bytes() != before.certificate


@pytest.mark.parametrize("name", [CERT, KEY, CA])
@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nMIIB", b"\xff\x00"])
def test_half_of_a_file_changes_nothing_and_is_said_once(
    tmp_path: Path, authority: Authority, name: str, content: bytes
) -> None:
    put_papers(tmp_path, authority, "router")
    files = files_in(tmp_path)
    before = files.now()
    (tmp_path / name).write_bytes(content)
    with capture_logs() as logs:
        assert [files.now() for _ in range(3)] == [before] * 3
    assert [(each["event"], each["log_level"]) for each in logs] == [("tls_files_refused", "error")]
    assert files.refused
    put_papers(tmp_path, authority, "router")
    assert files.now() is not before
    assert not files.refused


def test_files_that_go_away_change_nothing(tmp_path: Path, authority: Authority) -> None:
    put_papers(tmp_path, authority, "router")
    files = files_in(tmp_path)
    before = files.now()
    (tmp_path / KEY).unlink()
    assert files.now() is before
    assert files.refused


def test_a_new_certificate_that_has_ended_already_is_not_taken(tmp_path: Path, authority: Authority) -> None:
    put_papers(tmp_path, authority, "router")
    files = files_in(tmp_path)
    before = files.now()
    put_papers(tmp_path, authority, "router", -timedelta(seconds=1))
    assert files.now() is before


def test_a_process_does_not_start_with_files_that_cannot_be_used(tmp_path: Path, authority: Authority) -> None:
    put_papers(tmp_path, authority, "router", -timedelta(seconds=1))
    with pytest.raises(TlsFilesWrong, match="has ended: put a new one there"):
        files_in(tmp_path)
    (tmp_path / KEY).write_bytes(b"none")
    with pytest.raises(TlsFilesWrong, match=r"can't be used .*tls\.key"):
        files_in(tmp_path)
    with pytest.raises(TlsFilesWrong, match="No such file"):
        files_in(tmp_path / "none")


def test_the_key_is_in_no_word_that_is_said(tmp_path: Path, authority: Authority) -> None:
    pair = put_papers(tmp_path, authority, "router")
    files = files_in(tmp_path)
    with capture_logs() as logs:
        (tmp_path / CERT).write_bytes(pair.key)
        files.now()
    assert logs
    assert pair.key.decode().splitlines()[1] not in str(logs)


def test_metrics_tell_how_long_it_is_valid_and_whether_new_files_are_refused(
    tmp_path: Path, authority: Authority
) -> None:
    put_papers(tmp_path, authority, "router", timedelta(seconds=2 * HOUR_S))
    settings = TlsSettings(cert_file=tmp_path / CERT, key_file=tmp_path / KEY, ca_file=tmp_path / CA)
    assert isinstance(tls_of(settings), TlsFiles)
    assert HOUR_S < figure("switchroom_tls_certificate_left_seconds") <= 2 * HOUR_S
    assert figure("switchroom_tls_files_refused") == 0
    # Nobody connects: who looks at the metrics finds out all the same.
    (tmp_path / KEY).write_bytes(b"none")
    assert figure("switchroom_tls_files_refused") == 1
    put_papers(tmp_path, authority, "router", DAY)
    assert figure("switchroom_tls_certificate_left_seconds") > 2 * HOUR_S
    assert figure("switchroom_tls_files_refused") == 0


def figure(name: str) -> float:
    found = REGISTRY.get_sample_value(name, {"of": "services"})
    assert found is not None
    return found


def test_without_files_there_is_no_tls() -> None:
    assert tls_of(TlsSettings()) is None


@pytest.mark.parametrize(
    "names", [(), ("agents",), ("agents.switchroom.example",), ("xagents.switchroom",), ("*.switchroom",)]
)
def test_a_name_that_only_looks_like_a_services_is_none(names: tuple[str, ...]) -> None:
    assert not may_call(("agents", "router"), names)


def test_a_services_name_is_found_among_others() -> None:
    assert may_call(("agents",), ("10.0.0.1", "router.switchroom", dns_name("agents")))


def test_a_client_may_be_nobody_and_trust_whom_the_machine_trusts() -> None:
    known_by_the_machine = TlsFiles(None, None, None)
    assert known_by_the_machine.now().certificate == b""
    assert known_by_the_machine.left_s == float("inf")
