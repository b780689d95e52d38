"""The pages on the carrier's port: a phone, and a mailbox; for whoever wants to be the customer."""

import secrets
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.cli.carrier.control_access import ControlAccess, NotAllowed
from services.cli.carrier.exchange.addresses import NotAnAddress, read_address
from services.cli.carrier.exchange.exchange import WORDS_CHARACTERS_MAX
from services.cli.carrier.exchange.texting import BODY_CHARACTERS_MAX
from services.cli.carrier.mail_desk import BODY_CHARACTERS_MAX as MAIL_CHARACTERS_MAX
from services.cli.carrier.mail_desk import NotAMailAddress, read_mail_address
from services.cli.carrier.settings import CarrierSettings

HERE = Path(__file__).parent
# The look of the pages that customers see is the house's.
HOUSE = HERE.parents[1] / "ingest" / "static"
# Numbers that the German regulator keeps free for films and books: 0171 39200 00 to 99.
FICTION = "+4917139200"
# There is no such domain, nor will there be (RFC 2606).
VISITORS = "visitor.example"

_pages = Environment(
    loader=FileSystemLoader(HERE / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def static_files() -> dict[str, StaticFiles]:
    """What the pages load, by the path it is mounted at."""
    return {"/static": StaticFiles(directory=HERE / "static"), "/house": StaticFiles(directory=HOUSE)}


def page_routes(settings: CarrierSettings, access: ControlAccess, *, with_mail: bool) -> APIRouter:
    """The pages. Who may open them may use every telephone and mailbox."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/phone")
    async def phone(request: Request, number: str = "") -> Response:
        return _shown(
            access,
            request,
            "phone.html",
            number=_number(number),
            to_call=settings.dial_suggestions,
            to_text=settings.text_suggestions,
            words_max=WORDS_CHARACTERS_MAX,
            text_max=BODY_CHARACTERS_MAX,
        )

    @routes.get("/mailbox")
    async def mailbox(request: Request, address: str = "") -> Response:
        if not with_mail:
            return _problem(404, "There is no mailbox here.", "The carrier was started without mail.")
        return _shown(
            access,
            request,
            "mailbox.html",
            address=_mail_address(address),
            suggestions=settings.mail_suggestions,
            text_max=MAIL_CHARACTERS_MAX,
        )

    return routes


def _shown(access: ControlAccess, request: Request, template: str, **values: Any) -> Response:
    try:
        access.admit_page(request)
    except NotAllowed as refused:
        return _problem(refused.status, "This page is not open.", f"{str(refused).capitalize()}.")
    return _page(template, 200, values)


def _problem(status: int, what: str, why: str) -> Response:
    return _page("problem.html", status, {"what": what, "why": why})


def _page(template: str, status: int, values: dict[str, Any]) -> HTMLResponse:
    content = _pages.get_template(template).render(**values)
    return HTMLResponse(content, status, {"cache-control": "no-store"})


def _number(asked: str) -> str:
    """The number asked for, or one that nobody has."""
    try:
        return read_address(asked)
    except NotAnAddress:
        return f"{FICTION}{secrets.randbelow(100):02}"


def _mail_address(asked: str) -> str:
    try:
        return read_mail_address(asked)
    except NotAMailAddress:
        return f"visitor-{secrets.randbelow(9_000) + 1_000}@{VISITORS}"
