"""What this service refuses, as every client sees it: {"error": {"what", "why", "what_to_do"}} with its status.

Refused
├── not_logged_in()    401
├── not_allowed()      403
├── not_found()        404  also for what the caller may not know of
├── not_now()          409
├── body_too_large()   413  made before any route is looked for
└── unavailable()      503  with Retry-After; the outcome may be unknown
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services.agents.desk_link import CommandIdTaken, OutcomeUnknown, TooManyCommands
from services.agents.pages import page
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable

RETRY_S = 1


class Refused(Exception):
    """A request that is not done, with its HTTP status and words for who asked."""

    def __init__(
        self, status: int, what: str, why: str, what_to_do: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(what)
        self.status = status
        self.error = {"what": what, "why": why, "what_to_do": what_to_do}
        self.headers = dict(headers or {})


def not_logged_in() -> Refused:
    return Refused(
        401,
        "You are not logged in.",
        "The request has no valid token and no valid session.",
        "Programs: get a token from POST /v1/login. People: open a login link.",
        {"WWW-Authenticate": "Bearer"},
    )


def not_allowed(why: str = "Your role does not include this.") -> Refused:
    return Refused(403, "You may not do this.", why, "Ask an administrator of your contact centre.")


def not_found(what: str) -> Refused:
    return Refused(404, f"There is no such {what}.", "It does not exist, or not for you.", "Check the id.")


def not_now(what: str, why: str, what_to_do: str) -> Refused:
    return Refused(409, what, why, what_to_do)


def invalid(what: str, why: str, what_to_do: str) -> Refused:
    return Refused(400, what, why, what_to_do)


def too_many(what: str, why: str, wait_s: int = RETRY_S) -> Refused:
    return Refused(429, what, why, f"Wait {wait_s} s and try again.", {"Retry-After": str(wait_s)})


def unavailable(what: str, why: str, what_to_do: str = "Try again in a moment.") -> Refused:
    return Refused(503, what, why, what_to_do, {"Retry-After": str(RETRY_S)})


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        return _response(request, error)
    return _response(request, _translated(error))


def _translated(error: Exception) -> Refused:
    match error:
        case RequestValidationError():
            return invalid("The request is malformed.", _defects(error.errors()), "Correct these fields.")
        case HTTPException():
            return Refused(
                error.status_code, str(error.detail), "The request does not fit.", "Check it.", error.headers
            )
        case OutcomeUnknown():
            return unavailable(
                "The outcome is not known.",
                "The router did not answer in time; the command may have been carried out.",
                "Retry with the same command_id: you get the first answer.",
            )
        case TooManyCommands():
            return too_many("Too many commands at once.", "Commands of this agent still wait for their answers.")
        case CommandIdTaken():
            return not_now(
                "The command_id is taken.", "It belongs to another command of yours.", "Make a new id for each command."
            )
        case _:
            return unavailable("A store is away.", "The request may or may not have been carried out.")


def _defects(errors: Any) -> str:
    """Where and what, never the input itself, which may be private."""
    lines = [f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in errors[:10]]
    return "; ".join(lines)


def _response(request: Request, refused: Refused) -> Response:
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
    if wants_page:
        error = refused.error
        return page(
            "message.html",
            refused.status,
            refused.headers,
            title=error["what"],
            text=error["why"],
            what_to_do=error["what_to_do"],
        )
    return JSONResponse({"error": refused.error}, refused.status, refused.headers)


def body_too_large(_scope: Scope, limit_bytes: int) -> Response:
    """What a body above the limit is answered with, before anything of it is read."""
    error = {
        "what": "The request is too large.",
        "why": f"Its body is larger than {limit_bytes} bytes.",
        "what_to_do": "Send less.",
    }
    return JSONResponse({"error": error}, 413)


def answer_errors(app: FastAPI) -> None:
    """Have the app answer every expected error in one form."""
    for kind in (
        Refused,
        RequestValidationError,
        HTTPException,
        OutcomeUnknown,
        TooManyCommands,
        CommandIdTaken,
        StoreUnavailable,
        LogUnavailable,
    ):
        app.add_exception_handler(kind, _refused)
