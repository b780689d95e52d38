"""The pages of call-backs: asking for one, what came of that, and cancelling it."""

import secrets
from datetime import datetime, timedelta

from fastapi.responses import HTMLResponse

from services.ingest.addresses import Place
from services.ingest.callback.due import AHEAD_DAYS, in_words, next_open_ms
from services.ingest.callback.entry import MESSAGE_CHARACTERS_MAX, NUMBER_CHARACTERS_MAX
from services.ingest.callback.front_desk import Taken
from services.ingest.callback.languages import own_name
from services.ingest.callback.offices import Office
from services.ingest.pages.pages import TOKEN_BYTES, Filled, page
from services.ingest.what_went_wrong import WhatWentWrong

FIELDS = ("token", "number", "when", "name", "language", "topic", "message")


def empty(language: str) -> Filled:
    """A new request, with the token that makes sending it twice harmless."""
    return Filled(dict.fromkeys(FIELDS, "") | {"token": secrets.token_hex(TOKEN_BYTES), "language": language})


def again(values: dict[str, str], wrong: WhatWentWrong) -> Filled:
    """The request as it was typed, with what to do about it; a token that is no good is replaced."""
    kept = {name: values.get(name, "")[:MESSAGE_CHARACTERS_MAX] for name in FIELDS}
    if not kept["token"] or "token" in wrong.fields:
        kept["token"] = secrets.token_hex(TOKEN_BYTES)
    return Filled(kept, wrong)


def ask(  # noqa: PLR0913, PLR0917  # what a page shows
    place: Place, office: Office, filled: Filled, now_ms: int, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """The page on which a customer asks to be called."""
    today = datetime.fromtimestamp(now_ms // 1000, office.zone)
    return page(
        "callback.html",
        status,
        headers,
        place=place,
        path=path_of(place),
        values=filled.values,
        wrong=filled.wrong,
        fields=filled.wrong.fields if filled.wrong else {},
        languages=_languages(office, filled.values["language"]),
        opens=_opens(office, now_ms),
        zone=office.zone.key,
        earliest=f"{today:%Y-%m-%dT%H:%M}",
        latest=f"{today + timedelta(days=AHEAD_DAYS):%Y-%m-%dT%H:%M}",
        message_max=MESSAGE_CHARACTERS_MAX,
        number_max=NUMBER_CHARACTERS_MAX,
    )


def taken(place: Place, office: Office, request: Taken) -> HTMLResponse:
    """After a request was taken."""
    at = in_words(request.due_ms, office.zone) if request.is_later else ""
    return page("callback_taken.html", 200, None, place=place, path=path_of(place), request=request, at=at)


def cancel(place: Place, receipt: str) -> HTMLResponse:
    """Whether it is meant."""
    return page("callback_cancel.html", 200, None, place=place, path=path_of(place), receipt=receipt)


def cancelled(place: Place) -> HTMLResponse:
    """After it was cancelled."""
    return page("callback_cancelled.html", 200, None, place=place, path=path_of(place))


def path_of(place: Place) -> str:
    """The page's own."""
    return f"/b/{place.address.removeprefix('+')}"


def _languages(office: Office, chosen: str) -> list[tuple[str, str]]:
    tags = dict.fromkeys((*office.languages, *([chosen] if chosen else [])))
    return [(tag, own_name(tag)) for tag in tags]


def _opens(office: Office, now_ms: int) -> str:
    """When the number opens, where it is closed now; "" otherwise."""
    if office.hours is None:
        return ""
    opens_ms = next_open_ms(office.hours, now_ms)
    return in_words(opens_ms, office.zone) if opens_ms is not None and opens_ms > now_ms else ""
