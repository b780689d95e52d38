"""What pages and programs send to pages: media types, fields of a form, the language of a link."""

from urllib.parse import parse_qsl

from fastapi import Request

from services.ingest.texts import language_tag
from services.ingest.visitors import TurnedAway
from services.ingest.what_went_wrong import WhatWentWrong

FIELDS_MAX = 20


def expect(request: Request, media_type: str) -> None:
    """Raises TurnedAway for a body that is something else."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        wrong = WhatWentWrong("The form was not taken.", f"It is not {media_type}.", f"Send it as {media_type}.")
        raise TurnedAway(415, wrong)


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form that a browser sent. Raises TurnedAway, WhatWentWrong."""
    expect(request, "application/x-www-form-urlencoded")
    content = await request.body()
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise WhatWentWrong(
            "The form was not taken.", "It can't be read.", "Open the page anew and try again."
        ) from None
    if len(dict(pairs)) != len(pairs):
        raise WhatWentWrong("The form was not taken.", "A field is there twice.", "Open the page anew and try again.")
    return dict(pairs)


def language_of(request: Request) -> str:
    """What the link to the page says (`?lang=de`), or "" where it says no language."""
    try:
        return language_tag(request.query_params.get("lang", ""))
    except ValueError:
        return ""
