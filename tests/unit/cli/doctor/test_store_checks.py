"""What is said of MongoDB, blobs, disks and certificates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding

from services.cli.doctor import store_checks
from services.cli.doctor.finding import State
from services.shared.settings import ConnectionSettings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)


@pytest.mark.parametrize(
    ("hello", "state"),
    [
        ({"setName": "rs", "hosts": ["a", "b", "c"]}, State.OK),
        ({"msg": "isdbgrid"}, State.OK),
        ({"setName": "rs", "hosts": ["a"]}, State.WARN),
        ({}, State.WARN),
    ],
)
def test_a_replica_set_of_three_is_well_and_less_is_a_warning(hello: dict[str, Any], state: State) -> None:
    assert store_checks.mongo(hello).state is state


def test_a_folder_of_blobs_is_well_if_it_is_there(tmp_path: Path) -> None:
    assert store_checks.blob_folder(tmp_path).state is State.OK
    assert store_checks.blob_folder(tmp_path / "none").state is State.FAIL


def test_the_room_on_the_disk_is_said(tmp_path: Path) -> None:
    assert " GiB free below " in store_checks.free_space(tmp_path).saw


@pytest.mark.parametrize(
    ("free_gib", "state"), [(5.0, State.OK), (4.9, State.WARN), (0.5, State.WARN), (0.4, State.FAIL)]
)
def test_little_room_is_a_warning_and_hardly_any_a_failure(free_gib: float, state: State) -> None:
    assert store_checks.room(Path("data"), int(free_gib * store_checks.GIB)).state is state


def certificate(path: Path, days: float) -> Path:
    key, name = generate_private_key(SECP256R1()), x509.Name([])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(90), NOW + timedelta(days))
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(("days", "state"), [(30, State.OK), (13, State.WARN), (-1, State.FAIL)])
async def test_a_certificate_is_well_a_warning_or_ended(tmp_path: Path, days: float, state: State) -> None:
    path = certificate(tmp_path / "cert.pem", days)
    settings = ConnectionSettings(
        kafka_servers="a:1", mongo_url="mongodb://a", blobs_folder=tmp_path, kafka_cert_file=path
    )

    (finding,) = await store_checks.certificates(settings, NOW_MS)

    assert (finding.check, finding.state) == ("certificate SWITCHROOM_KAFKA_CERT_FILE", state)


async def test_of_several_certificates_in_a_file_the_first_that_ends_counts(tmp_path: Path) -> None:
    both = certificate(tmp_path / "a", 30).read_bytes() + certificate(tmp_path / "b", 3).read_bytes()
    (tmp_path / "both").write_bytes(both)
    assert store_checks.certificate("X", tmp_path / "both", NOW_MS).state is State.WARN


def test_a_file_that_is_no_certificate_fails(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("nothing")
    assert store_checks.certificate("X", tmp_path / "cert.pem", NOW_MS).state is State.FAIL
    assert store_checks.certificate("X", tmp_path / "none", NOW_MS).state is State.FAIL
