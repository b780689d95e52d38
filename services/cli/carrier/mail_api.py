"""The mailboxes over HTTP: send a mail, and watch what arrives."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import Field

from services.cli.carrier.control_access import ControlAccess, NotAllowed
from services.cli.carrier.control_api import Body, read_body, refusal
from services.cli.carrier.exchange.exchange import NotPossible
from services.cli.carrier.exchange.waiting import first_of
from services.cli.carrier.mail_desk import (
    BODY_CHARACTERS_MAX,
    SUBJECT_CHARACTERS_MAX,
    MailDesk,
    NotAMailAddress,
    NotSent,
    Outgoing,
    read_mail_address,
)


class MailBody(Body):
    """A mail; `answers` is the id of the one that it answers."""

    to: Annotated[str, Field(max_length=254)]
    subject: Annotated[str, Field(max_length=SUBJECT_CHARACTERS_MAX)] = ""
    text: Annotated[str, Field(min_length=1, max_length=BODY_CHARACTERS_MAX)]
    answers: Annotated[str, Field(max_length=250, pattern=r"^(<[\x21-\x3b\x3d\x3f-\x7e]+>)?$")] = ""


class MailApi:
    """A part, too: stopped, it lets go of those who watch."""

    def __init__(self, desk: MailDesk, access: ControlAccess) -> None:
        self.desk = desk
        self._access = access
        self._stopped = False

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Let go."""
        self._stopped = True
        self.desk.sent_changes.ring()

    def routes(self) -> APIRouter:
        """Those under /mail."""
        routes = APIRouter(prefix="/mail", include_in_schema=False)

        @routes.post("/{address}")
        async def send(address: str, request: Request) -> Response:
            content = await request.body()
            try:
                self._access.admit(request)
                await self.desk.send(_outgoing(address, read_body(request, content, MailBody)))
            except (NotAllowed, NotPossible) as error:
                return refusal(error)
            except NotSent as error:
                return JSONResponse({"error": str(error)}, 502)
            return JSONResponse(self._mails(address))

        @routes.get("/{address}/events")
        async def watch(address: str, request: Request) -> Response:
            try:
                self._access.admit(request)
                mailbox = _address(address)
            except (NotAllowed, NotPossible) as error:
                return refusal(error)
            headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
            return StreamingResponse(self._events(mailbox), media_type="text/event-stream", headers=headers)

        return routes

    async def _events(self, address: str) -> AsyncIterator[str]:
        last: dict[str, Any] = {}
        sent, arrived = self.desk.sent_changes, self.desk.mails.changes
        while not self._stopped:
            seen = sent.count, arrived.count
            mails = self._mails(address)
            if mails != last:
                yield f"data: {json.dumps(mails, ensure_ascii=False)}\n\n"
            last = mails
            await first_of(sent.since(seen[0]), arrived.since(seen[1]))

    def _mails(self, address: str) -> dict[str, Any]:
        mails = self.desk.all_of(_address(address))
        return {
            "address": _address(address),
            "mails": [
                {
                    "id": mail.id,
                    "at_ms": mail.at_ms,
                    "mine": mail.mine,
                    "with": mail.with_,
                    "subject": mail.subject,
                    "text": mail.text,
                }
                for mail in mails
            ],
        }


def _outgoing(address: str, body: MailBody) -> Outgoing:
    return Outgoing(_address(address), _address(body.to), body.subject, body.text, body.answers)


def _address(written: str) -> str:
    try:
        return read_mail_address(written)
    except NotAMailAddress as error:
        raise NotPossible(f"{written[:60]!r} is no address of mail: {error}") from None
