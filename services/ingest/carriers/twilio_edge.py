"""Twilio's webhooks: let in only when they carry Twilio's signature of the public URL, and come from our own account.

What is signed is the URL that Twilio called and the fields of the form:
https://www.twilio.com/docs/usage/security#validating-requests. The URL is put together from the configured public URL
and from the path and query that arrived here, so a proxy may strip a path, end TLS or use another port; what Host and
X-Forwarded-… say is never looked at, because whoever sends a request can say it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from services.ingest.carriers.webhook import Hook, NotTaken, Webhook
from services.ingest.front_door import Unavailable
from services.ingest.metrics import REFUSED
from services.shared.document_store import StoreUnavailable

PREFIX = "/twilio"
BODY_BYTES_MAX = 65_536
FIELDS_MAX = 200
QUERY_FIELDS_MAX = 20
SIGNATURE = "x-twilio-signature"
FORM = "application/x-www-form-urlencoded"
RETRY_AFTER_S = "5"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account, and the tokens that its requests may be signed with: more than one while they are changed."""

    sid: str
    tokens: tuple[str, ...] = field(repr=False)

    def signed(self, url: str, fields: ImmutableMultiDict[str, str], signature: str) -> bool:
        """Did this account sign a form that was sent to that URL?"""
        return any(RequestValidator(token).validate(url, fields, signature) for token in self.tokens)


class TwilioEdge:
    """`public_url` gives the URL under which Twilio reaches us, without a slash at its end; asked at each request."""

    def __init__(self, account: TwilioAccount, public_url: Callable[[], str]) -> None:
        self._account = account
        self._public_url = public_url
        self._has_warned = False

    def url(self, path: str, **query: str) -> str:
        """The URL by which Twilio reaches a hook; `query` comes back as Webhook.query, and nobody can alter it."""
        return f"{self._public_url()}{PREFIX}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def routes(self, hooks: Mapping[str, Hook]) -> APIRouter:
        """The routes of the hooks, by their paths below /twilio."""
        routes = APIRouter(prefix=PREFIX, include_in_schema=False)
        for path, hook in hooks.items():
            routes.add_api_route(path, self._answering(hook), methods=["POST"], name=path)
        return routes

    def _answering(self, hook: Hook) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            try:
                document = await hook(await self._checked(request))
            except NotTaken as wrong:
                self._note(wrong)
                return PlainTextResponse(f"{wrong}\n", wrong.status)
            except (Unavailable, StoreUnavailable):
                again = {"retry-after": RETRY_AFTER_S}
                return PlainTextResponse("It can't be taken for the moment: send it again.\n", 503, again)
            if document is None:
                return Response(status_code=204)
            return Response(document, media_type="application/xml")

        return answer

    def _note(self, wrong: NotTaken) -> None:
        REFUSED.labels("carrier").inc()
        # Once: whoever may send requests could fill the log with them.
        if wrong.status == 403 and not self._has_warned:
            self._has_warned = True
            what_to_do = "if it was the carrier's, check SWITCHROOM_INGEST_PUBLIC_URL and the token"
            log.warning("a webhook was refused; more are only counted", because=str(wrong), what_to_do=what_to_do)

    async def _checked(self, request: Request) -> Webhook:
        """What Twilio says. Raises NotTaken for whatever Twilio did not send, or did not send so."""
        signatures = request.headers.getlist(SIGNATURE)
        _must_be_form(request)
        pairs = _pairs(await _body(request), FIELDS_MAX)
        fields = ImmutableMultiDict(pairs)
        if len(signatures) != 1 or not self._account.signed(self._called(request), fields, signatures[0]):
            raise _not_genuine("its signature is missing or does not fit its content and the public URL")
        if set(fields.getlist("AccountSid")) != {self._account.sid}:
            raise _not_genuine("it comes from another account")
        query = dict(_pairs(request.scope["query_string"], QUERY_FIELDS_MAX))
        return Webhook(query, {name: tuple(fields.getlist(name)) for name in fields})

    def _called(self, request: Request) -> str:
        """The URL that Twilio called, if it was Twilio."""
        query = request.scope["query_string"]
        path = request.scope["raw_path"] + (b"?" + query if query else b"")
        # Of bytes that are no ASCII, and so in no URL, each stands for itself: no signature fits them.
        return self._public_url() + str(path.decode("latin-1"))


def _not_genuine(why: str) -> NotTaken:
    return NotTaken(403, f"The request was not taken: {why}.")


def _must_be_form(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != FORM or charset not in ("", "utf-8") or "content-encoding" in request.headers:
        raise NotTaken(415, f"The request was not taken: it is not {FORM} in UTF-8.")


async def _body(request: Request) -> bytes:
    # How much is read at all is the application's limit (BoundedBody), which answers without a reset connection.
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise NotTaken(413, f"The request was not taken: it is larger than {BODY_BYTES_MAX} bytes.")
    return body


def _pairs(content: bytes, count_max: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(content),
            errors="strict",
            max_num_fields=count_max,
        )
    except ValueError:
        raise NotTaken(400, "The request was not taken: its form can't be read.") from None
