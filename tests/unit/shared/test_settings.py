"""Where Kafka, MongoDB and the blobs are: what fits together, and what does not."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.shared.distributed import servers_of, topics_of
from services.shared.settings import ConnectionSettings, TlsSettings

LEAST = {"kafka_servers": "kafka:9092", "mongo_url": "mongodb://mongo/", "blobs_folder": "/blobs"}
SASL = {"kafka_security": "SASL_SSL", "kafka_username": "switchroom", "kafka_password": "hunter2"}
IN_S3 = {"blobs_folder": "", "s3_bucket": "blobs"}


def settings(**given: Any) -> ConnectionSettings:
    facts = {name: value for name, value in (LEAST | given).items() if value != ""}
    return ConnectionSettings.model_validate(facts)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kafka_servers": "a:1,b.example:9092"},
        SASL,
        {**SASL, "kafka_security": "SASL_PLAINTEXT"},
        {"kafka_replication": 3, "kafka_min_insync": 2},
        {"mongo_url": "mongodb+srv://cluster.example/"},
        IN_S3,
        {**IN_S3, "s3_endpoint": "http://s3:9000", "s3_access_key": "a", "s3_secret_key": "b"},
    ],
)
def test_what_fits_together_is_taken(given: dict[str, Any]) -> None:
    assert settings(**given).kafka_servers


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kafka_servers": "kafka"}, "kafka_servers"),
        ({"kafka_servers": "kafka:9092,"}, "kafka_servers"),
        ({"kafka_servers": "http://kafka:9092"}, "kafka_servers"),
        ({"kafka_min_insync": 2}, "more than SWITCHROOM_KAFKA_REPLICATION"),
        ({"kafka_partitions": 0}, "kafka_partitions"),
        ({"kafka_topic_prefix": "a b"}, "kafka_topic_prefix"),
        ({"kafka_security": "SASL_SSL"}, "SASL needs both"),
        ({**SASL, "kafka_username": ""}, "SASL needs both"),
        ({**SASL, "kafka_password": ""}, "SASL needs both"),
        ({"kafka_ca_file": "/nowhere/ca.pem"}, "no such file"),
        ({"mongo_url": "http://mongo/hunter2"}, "begins with mongodb"),
        ({"mongo_database": "a/b"}, "mongo_database"),
        ({"blobs_folder": ""}, "blobs have no place"),
        ({"s3_bucket": "blobs"}, "blobs have two places"),
        ({**IN_S3, "s3_access_key": "a"}, "belong together"),
        ({**IN_S3, "s3_secret_key": "hunter2"}, "belong together"),
        ({**IN_S3, "s3_endpoint": "s3:9000"}, "s3_endpoint"),
    ],
)
def test_what_does_not_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        settings(**given)
    assert "hunter2" not in str(refused.value)


def test_no_secret_is_shown() -> None:
    shown = repr(settings(**SASL, mongo_url="mongodb://user:hunter3@mongo/"))
    assert "hunter" not in shown
    assert "hunter" not in repr(servers_of(settings(**SASL)))


def test_the_topics_are_as_the_settings_say_and_only_the_routers_log_is_for_ever() -> None:
    topics = topics_of(
        settings(kafka_topic_prefix="acme.", kafka_partitions=3, kafka_replication=3, kafka_min_insync=2)
    )
    assert [topic.name for topic in topics] == ["acme.contacts.inbound", "acme.contacts.outbound", "acme.router.log"]
    assert [topic.retention_ms for topic in topics] == [604_800_000, 604_800_000, None]
    assert {(topic.partitions, topic.replication, topic.min_insync) for topic in topics} == {(3, 3, 2)}


def test_the_files_of_tls_belong_together(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert TlsSettings().cert_file is None
    assert TlsSettings(cert_file=file, key_file=file, ca_file=file).ca_file == file
    for some in ({"cert_file": file}, {"ca_file": file}, {"cert_file": file, "key_file": file}):
        with pytest.raises(ValidationError, match="belong together: set all or none"):
            TlsSettings.model_validate(some)
    with pytest.raises(ValidationError, match="there is no such file"):
        TlsSettings(cert_file=file, key_file=tmp_path / "none", ca_file=file)
