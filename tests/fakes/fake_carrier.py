"""A carrier in memory, which can be told what goes wrong."""

import asyncio
from dataclasses import dataclass, field, replace

from services.ingest.carriers.carrier import (
    Call,
    CallInProgress,
    CallState,
    CarrierError,
    Media,
    Message,
    MessageState,
    NewCall,
    NewMessage,
    Refused,
    Uncertain,
)


@dataclass
class FakeCarrier:
    """`fails` is raised once by each call that follows, in order; `loses_answers`: does it, and raises Uncertain;
    `never_answers`: does it, and no more. `holds`: the text of a message that waits until it `may_go`.
    """

    messages: dict[str, tuple[NewMessage, Message]] = field(default_factory=dict)
    calls: dict[str, tuple[NewCall, Call]] = field(default_factory=dict)
    # Of each leg of a <Dial> the call that it was made for.
    parents: dict[str, str] = field(default_factory=dict)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, Media] = field(default_factory=dict)
    fails: list[CarrierError] = field(default_factory=list)
    loses_answers: bool = False
    never_answers: bool = False
    lists_nothing: bool = False
    holds: str = ""
    is_holding: asyncio.Event = field(default_factory=asyncio.Event)
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    has_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def create_call(self, call: NewCall) -> Call:
        self._may_fail()
        made = Call(self._id("CA", len(self.calls)), CallState.QUEUED)
        self.calls[made.id] = (call, made)
        await self._may_lose_the_answer()
        return made

    async def redirect_call(self, call_id: str, url: str) -> None:
        self._may_fail()
        self._known(call_id)
        self.redirects.append((call_id, url))

    async def hang_up(self, call_id: str) -> None:
        self._may_fail()
        self.becomes(call_id, CallState.COMPLETED)

    async def call(self, call_id: str) -> Call:
        self._may_fail()
        return self._known(call_id)[1]

    async def calls_to(self, from_: str, to: str, since_ms: int) -> list[Call]:
        self._may_fail()
        found = [made for asked, made in self.calls.values() if (asked.from_, asked.to) == (from_, to)]
        return [] if self.lists_nothing else found[::-1]

    async def calls_put_through(self, call_id: str) -> list[Call]:
        self._may_fail()
        found = (self._known(child)[1] for child, parent in self.parents.items() if parent == call_id)
        return [made for made in found if made.state is CallState.IN_PROGRESS]

    async def calls_in_progress(self) -> list[CallInProgress]:
        self._may_fail()
        on = [(asked, made) for asked, made in self.calls.values() if made.state is CallState.IN_PROGRESS]
        return [CallInProgress(made.id, asked.to) for asked, made in on]

    async def send_message(self, message: NewMessage) -> Message:
        self._may_fail()
        if self.holds == message.text:
            self.is_holding.set()
            await self.may_go.wait()
        sent = Message(self._id("SM", len(self.messages)), MessageState.UNDERWAY)
        self.messages[sent.id] = (message, sent)
        await self._may_lose_the_answer()
        return sent

    async def message(self, message_id: str) -> Message:
        self._may_fail()
        if message_id not in self.messages:
            raise Refused("there is no such message", 20404)
        return self.messages[message_id][1]

    async def messages_like(self, message: NewMessage, since_ms: int) -> list[Message]:
        self._may_fail()
        wanted = (message.from_, message.to, message.text)
        found = [sent for asked, sent in self.messages.values() if (asked.from_, asked.to, asked.text) == wanted]
        return [] if self.lists_nothing else found[::-1]

    async def media(self, url: str, bytes_max: int) -> Media:
        self._may_fail()
        if url not in self.files:
            raise Refused("the carrier does not give the file")
        if len(self.files[url].content) > bytes_max:
            raise Refused(f"the file is larger than {bytes_max} bytes")
        return self.files[url]

    def becomes(self, id: str, state: CallState | MessageState, error_code: int = 0) -> None:
        """A call or a message gets on, and nobody is told."""
        if isinstance(state, CallState):
            asked, made = self._known(id)
            self.calls[id] = (asked, replace(made, state=state))
        else:
            message, sent = self.messages[id]
            self.messages[id] = (message, replace(sent, state=state, error_code=error_code))

    def _known(self, call_id: str) -> tuple[NewCall, Call]:
        if call_id not in self.calls:
            raise Refused("there is no such call", 20404)
        return self.calls[call_id]

    def _id(self, kind: str, count: int) -> str:
        return f"{kind}{count + 1:032x}"

    def _may_fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)

    async def _may_lose_the_answer(self) -> None:
        self.has_done.set()
        if self.never_answers:
            await asyncio.Event().wait()
        if self.loses_answers:
            raise Uncertain("the answer was lost")
