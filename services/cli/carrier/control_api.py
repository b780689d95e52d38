"""The telephones over HTTP: place calls, press keys, speak, write, and watch a screen."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cli.carrier.control_access import ControlAccess, NotAllowed
from services.cli.carrier.exchange.exchange import Exchange, NotPossible
from services.cli.carrier.exchange.handset import Handset
from services.cli.carrier.exchange.manner import Habit, Manner
from services.cli.carrier.exchange.misbehaviour import Misbehaviour
from services.cli.carrier.exchange.refusals import Refused

Probability = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]
Short = Annotated[str, Field(max_length=128)]


B = TypeVar("B", bound="Body")


class Body(BaseModel):
    """JSON that a page or a program sends: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CallBody(Body):
    """Dial `to`."""

    to: Short
    forwarded_from: Short = ""
    caller_name: Short = ""


class KeysBody(Body):
    """Press keys."""

    keys: Short


class SayBody(Body):
    """Say something; `language` is a tag such as fa-IR."""

    text: Annotated[str, Field(max_length=1_000)]
    language: Annotated[str, Field(max_length=35)] = ""


class TextBody(Body):
    """Send a short message."""

    to: Short
    body: Annotated[str, Field(max_length=1_600)]


class MannerBody(Body):
    """What the telephone does by itself."""

    habit: Annotated[Habit, Field(strict=False)]
    after_ms: Milliseconds = 0
    hangs_up_after_ms: Milliseconds = 0
    takes_texts: bool = True


class MisbehaviourBody(Body):
    """How the carrier treats its callbacks from now on."""

    seed: int = 0
    latency_ms: Milliseconds = 0
    doubled: Probability = 0.0
    late: Probability = 0.0
    late_ms: Milliseconds = 0
    lost: Probability = 0.0
    webhooks_doubled: Probability = 0.0
    webhooks_lost: Probability = 0.0


class Nothing(Body):
    """No more to say."""


def screen(handset: Handset) -> dict[str, Any]:
    """What the telephone shows."""
    connection = handset.connection
    return {
        "number": handset.address,
        "state": handset.state.value,
        "with": connection.with_ if connection else "",
        "incoming": connection.incoming if connection else False,
        "since_ms": connection.began_ms if connection else 0,
        # Not with whose telephone: people don't see that on theirs.
        "speaking": bool(connection and connection.partners),
        "ended_because": handset.ended_because,
        "call_sid": connection.sid if connection else "",
        "manner": {"habit": handset.manner.habit.value, "after_ms": handset.manner.after_ms},
        "lines": [
            {
                "number": line.number,
                "at_ms": line.at_ms,
                "by": line.by.value,
                "kind": line.kind.value,
                "text": line.text,
                "language": line.language,
            }
            for line in handset.lines
        ],
        "texts": [
            {"sid": text.sid, "at_ms": text.at_ms, "mine": text.mine, "with": text.with_, "body": text.body}
            for text in handset.texts
        ],
    }


class Control:
    """The routes under /control."""

    def __init__(self, exchange: Exchange, access: ControlAccess) -> None:
        self._exchange = exchange
        self._access = access
        self._stopped = False

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Let go of those who watch."""
        self._stopped = True
        for handset in self._exchange.network.handsets.values():
            handset.changes.ring()

    def routes(self) -> APIRouter:
        """All of them."""
        routes = APIRouter(prefix="/control", include_in_schema=False)
        self._add_screens(routes)
        self._add_acts(routes)
        return routes

    def _add_screens(self, routes: APIRouter) -> None:
        @routes.get("/handsets/{number}")
        async def show(number: str, request: Request) -> Response:
            return self._tried(request, lambda: self._exchange.handset(number))

        @routes.get("/handsets/{number}/events")
        async def watch(number: str, request: Request) -> Response:
            try:
                self._access.admit(request)
                handset = self._exchange.handset(number)
            except (NotAllowed, NotPossible) as error:
                return refusal(error)
            headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
            return StreamingResponse(self._screens(handset), media_type="text/event-stream", headers=headers)

    def _add_acts(self, routes: APIRouter) -> None:
        exchange = self._exchange
        acts: dict[str, tuple[type[Body], Callable[[str, Any], object]]] = {
            "call": (CallBody, lambda n, b: exchange.place_call(n, b.to, b.forwarded_from, b.caller_name)),
            "keys": (KeysBody, lambda n, b: exchange.press(n, b.keys)),
            "say": (SayBody, lambda n, b: exchange.say(n, b.text, b.language)),
            "texts": (TextBody, lambda n, b: exchange.text(n, b.to, b.body)),
            "answer": (Nothing, lambda n, _b: exchange.answer(n)),
            "reject": (Nothing, lambda n, _b: exchange.reject(n)),
            "hang-up": (Nothing, lambda n, _b: exchange.hang_up(n)),
            "manner": (MannerBody, self._set_manner),
        }

        @routes.post("/handsets/{number}/{act}")
        async def do(number: str, act: str, request: Request) -> Response:
            if act not in acts:
                return JSONResponse({"error": f"there is no {act[:20]!r}: one of {', '.join(acts)}"}, 404)
            kind, perform = acts[act]
            content = await request.body()

            def run() -> Handset:
                perform(number, read_body(request, content, kind))
                return exchange.handset(number)

            return self._tried(request, run)

        @routes.put("/misbehaviour")
        async def misbehave(request: Request) -> Response:
            content = await request.body()
            try:
                self._access.admit(request)
                body = read_body(request, content, MisbehaviourBody)
            except (NotAllowed, NotPossible) as error:
                return refusal(error)
            exchange.misbehave(Misbehaviour(**body.model_dump()))
            return JSONResponse(body.model_dump())

    def _set_manner(self, number: str, body: MannerBody) -> None:
        handset = self._exchange.handset(number)
        handset.manner = Manner(body.habit, body.after_ms, body.hangs_up_after_ms, body.takes_texts)

    def _tried(self, request: Request, act: Callable[[], Handset]) -> JSONResponse:
        try:
            self._access.admit(request)
            return JSONResponse(screen(act()), headers={"cache-control": "no-store"})
        except Refused as refused:
            return JSONResponse({"error": refused.words}, refused.status)
        except (NotAllowed, NotPossible) as error:
            return refusal(error)

    async def _screens(self, handset: Handset) -> AsyncIterator[str]:
        shown = -1
        with handset.held():
            while not self._stopped:
                shown = await handset.changes.since(shown)
                yield f"data: {json.dumps(screen(handset), ensure_ascii=False)}\n\n"


def read_body(request: Request, content: bytes, kind: type[B]) -> B:
    """Raises NotAllowed when it is no JSON by its type, NotPossible when it is not as it should be."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotAllowed(415, "send JSON, as application/json")
    try:
        return kind.model_validate_json(content or b"{}")
    except ValidationError as error:
        where = ", ".join(".".join(map(str, found["loc"])) or "the body" for found in error.errors()[:5])
        raise NotPossible(f"the JSON is not as it should be; look at {where}") from None


def refusal(error: NotAllowed | NotPossible) -> JSONResponse:
    """Why not, and what to do."""
    return JSONResponse({"error": str(error)}, error.status if isinstance(error, NotAllowed) else 409)
