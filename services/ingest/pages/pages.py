"""The pages that customers see, rendered on the server; everything in them is escaped."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.ingest.addresses import Place
from services.ingest.channels.web_form import MESSAGE_CHARACTERS_MAX
from services.ingest.chat.frames import SAY_CHARACTERS_MAX
from services.ingest.what_went_wrong import WhatWentWrong

TOKEN_BYTES = 16
# A page that comes back from a cache would bring an old token, under which nothing new is taken.
NEVER_KEPT = {"cache-control": "no-store"}
# What a form may show again of what was typed.
FIELDS = ("token", "name", "email_or_phone", "topic", "message", "language")

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form to be shown: what is in its fields, and what is wrong with them."""

    values: dict[str, str]
    wrong: WhatWentWrong | None = None


def empty_form(language: str) -> Filled:
    """A new form, with the token that makes sending it twice harmless."""
    return Filled(dict.fromkeys(FIELDS, "") | {"token": secrets.token_hex(TOKEN_BYTES), "language": language})


def again(values: dict[str, str], wrong: WhatWentWrong) -> Filled:
    """The form as it was typed, with what to do about it; a token that is no good is replaced."""
    kept = {name: values.get(name, "")[:MESSAGE_CHARACTERS_MAX] for name in FIELDS}
    if not kept["token"] or "token" in wrong.fields:
        kept["token"] = secrets.token_hex(TOKEN_BYTES)
    return Filled(kept, wrong)


def form(place: Place, filled: Filled, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """The web form."""
    return page(
        "form.html",
        status,
        headers,
        place=place,
        values=filled.values,
        wrong=filled.wrong,
        fields=filled.wrong.fields if filled.wrong else {},
        message_max=MESSAGE_CHARACTERS_MAX,
    )


def thanks(place: Place, contact_id: str) -> HTMLResponse:
    """After a form was taken."""
    return page("thanks.html", 200, None, place=place, contact_id=contact_id)


def chat(place: Place, language: str) -> HTMLResponse:
    """The web chat."""
    return page("chat.html", 200, None, place=place, language=language, message_max=SAY_CHARACTERS_MAX)


def problem(wrong: WhatWentWrong, status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page that can't be shown, and why."""
    return page("problem.html", status, headers, wrong=wrong)


def page(template: str, status: int, headers: dict[str, str] | None, **values: object) -> HTMLResponse:
    """A page of a template, escaped; browsers keep none."""
    content = _pages.get_template(template).render(**values)
    return HTMLResponse(content, status, NEVER_KEPT | (headers or {}))
