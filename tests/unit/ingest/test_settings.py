"""What the environment may say about the carrier, and what stops ingest at its start."""

import re

import pytest
from pydantic import SecretStr, ValidationError

from services.ingest.public_url import PublicUrl
from services.ingest.settings import IngestSettings
from services.shared.serve import HttpPart
from tests.fakes.twilio_requests import SID, TOKEN

ACCOUNT = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN}


def settings(**given: str) -> IngestSettings:
    return IngestSettings.model_validate({"ids_key": "ab" * 32, **given})


def test_an_account_with_a_public_url_is_all_that_it_takes() -> None:
    ready = settings(**ACCOUNT, public_url="https://contact.example/centre/")
    assert ready.public_url == "https://contact.example/centre"
    assert ready.twilio_base_url == "https://api.twilio.com"
    assert TOKEN not in repr(ready)
    assert ready.twilio_auth_token_before == SecretStr("")


@pytest.mark.parametrize("base", ["http://127.0.0.1:8085", "http://localhost:8085/", "http://[::1]:8085"])
def test_a_carrier_on_this_machine_reaches_ingest_under_its_own_address(base: str) -> None:
    assert settings(**ACCOUNT, twilio_base_url=base).public_url == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"twilio_account_sid": SID}, "no twilio_auth_token"),
        (ACCOUNT, "no public_url"),
        ({**ACCOUNT, "twilio_base_url": "http://carrier.example"}, "no public_url"),
        ({**ACCOUNT, "twilio_account_sid": "AC1"}, "is no account SID"),
        ({**ACCOUNT, "twilio_account_sid": "SK" + "5a" * 16}, "is no account SID"),
        ({"public_url": "contact.example"}, "is no web address"),
        ({"public_url": "ftp://contact.example"}, "is no web address"),
        ({"public_url": "https://"}, "is no web address"),
        ({"public_url": "https://contact.example:99999"}, "is no web address"),
        ({"public_url": "https://contact.example/?a=b"}, "is no web address"),
        ({"public_url": "https://user:password@contact.example"}, "is no web address"),
        ({"twilio_base_url": "https://api.twilio.com#x"}, "is no web address"),
        ({"twilio_base_url": ""}, "is no web address"),
    ],
)
def test_what_cannot_work_stops_ingest_at_its_start(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        settings(**given)


async def test_the_public_url_is_the_configured_one_or_its_own_once_it_is_known() -> None:
    http = HttpPart(None, "127.0.0.1", 4711, next_free=False)
    own, configured = PublicUrl("", "127.0.0.1"), PublicUrl("https://contact.example", "127.0.0.1")
    assert own() == ""
    own.http = configured.http = http
    assert own() == "http://127.0.0.1:4711"
    assert configured() == "https://contact.example"
