"""`switchroom keys`: lines that every service takes."""

import re
from collections.abc import Iterator

from pydantic import TypeAdapter

from services.agents.settings import AgentsSettings
from services.cli.carrier.settings import CarrierSettings
from services.cli.key_file import key_file
from services.ingest.settings import IngestSettings
from services.reporting.settings import ReportingSettings
from services.router.settings import RouterSettings
from services.shared.clock import SystemClock
from services.shared.environment import ServiceSettings, variable_of
from services.shared.tokens import Role, TokenChecker, TokenMaker

KINDS: tuple[type[ServiceSettings], ...] = (
    AgentsSettings,
    CarrierSettings,
    IngestSettings,
    ReportingSettings,
    RouterSettings,
)


def lines(text: str) -> dict[str, str]:
    """The variables of the file."""
    split = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in split}


def required() -> Iterator[str]:
    """The variables without which a service does not start."""
    for kind in KINDS:
        for name, field in kind.model_fields.items():
            if field.is_required():
                yield variable_of(kind, name)


def settings_of(kind: type[ServiceSettings], variables: dict[str, str]) -> ServiceSettings:
    named = {name: variable_of(kind, name) for name in kind.model_fields}
    given = {name: variables[variable] for name, variable in named.items() if variable in variables}
    return TypeAdapter(kind).validate_python(given)


def test_it_has_what_no_service_has_a_default_for() -> None:
    assert set(required()) <= set(lines(key_file(with_carrier=True)))
    assert not any("CARRIER" in name or "TWILIO" in name for name in lines(key_file()))


def test_no_value_needs_quoting() -> None:
    for value in lines(key_file(with_carrier=True)).values():
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", value)


def test_no_two_files_share_a_secret() -> None:
    first, second = lines(key_file(with_carrier=True)), lines(key_file(with_carrier=True))
    assert not set(first.values()) & set(second.values())


def test_every_service_takes_them_and_tokens_of_one_are_taken_by_the_others() -> None:
    variables = lines(key_file(with_carrier=True)) | {"SWITCHROOM_INGEST_PUBLIC_URL": "https://contact.example"}
    for kind in KINDS:
        settings_of(kind, variables)
    agents, router = settings_of(AgentsSettings, variables), settings_of(RouterSettings, variables)
    assert isinstance(agents, AgentsSettings)
    assert isinstance(router, RouterSettings)
    token = TokenMaker(agents.private_key.get_secret_value().encode(), SystemClock()).make(
        "acme", (), Role.ADMIN, "", "somebody"
    )
    assert TokenChecker(router.token_public_key.encode(), SystemClock()).check(token).tenant == "acme"
