import pytest
from pydantic import SecretStr, ValidationError

from services.ingest.origins import Origins
from services.ingest.rate_limit import RateLimit, network_of
from services.ingest.settings import IngestSettings
from tests.fakes.manual_clock import ManualClock


def test_a_bucket_empties_and_refills_evenly() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, at_once=6)
    assert [limit.take("a") for _ in range(7)] == [0] * 6 + [10]
    clock.pass_ms(9_001)
    assert limit.take("a") == 1
    clock.pass_ms(999)
    assert limit.take("a") == 0
    assert limit.take("a") == 10
    clock.pass_ms(3_600_000)
    assert [limit.take("a") for _ in range(7)] == [0] * 6 + [10]


def test_what_was_refused_costs_nothing() -> None:
    clock = ManualClock()
    limit = RateLimit(clock, at_once=1)
    limit.take("a")
    for _ in range(60):
        clock.pass_ms(1_000)
        limit.take("a")
    assert limit.take("a") > 0
    clock.pass_ms(60_000)
    assert limit.take("a") == 0


def test_each_client_has_a_bucket_and_the_oldest_is_forgotten() -> None:
    limit = RateLimit(ManualClock(), at_once=1, clients_max=2)
    assert [limit.take(client) for client in ("a", "b", "a", "b")] == [0, 0, 60, 60]
    assert limit.take("c") == 0
    assert limit.take("a") == 0
    assert len(limit._spent) == 2


def test_of_ten_times_as_many_clients_as_are_remembered_the_oldest_are_forgotten() -> None:
    limit = RateLimit(ManualClock(), at_once=6, clients_max=1_000)
    for client in range(10_000):
        assert [limit.take(f"{client}") for _ in range(60)].count(0) == 6
    assert len(limit._spent) == 1_000
    assert limit.take("9000") == 10
    assert limit.take("8999") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("no address", "no address", True),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


@pytest.mark.parametrize(
    ("origin", "host", "may"),
    [
        (None, "chat.example", True),
        ("https://chat.example", "chat.example", True),
        ("http://chat.example:8081", "chat.example:8081", True),
        ("http://chat.example:8081", "chat.example", False),
        ("https://public.example", "10.0.0.7:8081", True),
        ("https://shop.example", "chat.example", True),
        ("https://Shop.Example", "chat.example", True),
        ("https://evil.example", "chat.example", False),
        ("https://chat.example", None, False),
        ("null", "null", False),
    ],
)
def test_who_may_talk(origin: str | None, host: str | None, may: bool) -> None:
    origins = Origins("https://public.example/contact", ("https://SHOP.example/",))
    assert origins.may_talk(origin, host) is may


@pytest.mark.parametrize("key", ["", "abc", "zz" * 16, "ab" * 15])
def test_a_key_that_is_none_stops_the_start_and_is_not_shown(key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        IngestSettings(ids_key=SecretStr(key))
    assert "openssl rand -hex 32" in str(refused.value)
    assert not key or key not in str(refused.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHROOM_INGEST_IDS_KEY", "ab" * 16)
    monkeypatch.setenv("SWITCHROOM_INGEST_ALLOWED_ORIGINS", '["https://shop.example"]')
    read = IngestSettings()
    assert read.ids_key_bytes == b"\xab" * 16
    assert read.allowed_origins == ("https://shop.example",)
    assert read.http_port == 8081
