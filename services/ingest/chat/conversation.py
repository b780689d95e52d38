"""One visitor's chat: what they say becomes contacts and messages, what agents say reaches their sockets.

One lock per conversation keeps the order of what was said, whichever socket it came by.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from services.ingest.addresses import Place
from services.ingest.channels.channel import Fate, settled_id
from services.ingest.chat import frames
from services.ingest.chat.frames import Hello, Say
from services.ingest.chat.ids import ChatIds
from services.ingest.chat.states import ENDED, WAITING, ChatStates, Stage, State
from services.ingest.chat.transcript import AGENT, CUSTOMER, LINES_MAX, Chat, Line, Transcripts
from services.ingest.envelopes import (
    Arrived,
    Content,
    Delivered,
    Envelope,
    Failed,
    Left,
    LeftReason,
    MessageAdded,
    What,
)
from services.ingest.front_door import FrontDoor
from services.ingest.topics import chosen
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel as Medium
from services.shared.clock import Clock
from services.shared.document_store import StoreUnavailable

# The router remembers an ended contact for 48 hours: until well before that, it can say whether a contact goes on.
REMEMBERED_MS = 24 * 3_600_000
ATTACHED_FOR_MS = 90_000
CUSTOMER_GONE = "The customer had left the chat before this message reached them."


class Socket(Protocol):
    """Where frames go; neither call waits."""

    def push(self, frame: dict[str, Any]) -> None: ...

    def close(self, code: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every conversation works with."""

    door: FrontDoor
    transcripts: Transcripts
    states: ChatStates
    ids: ChatIds
    clock: Clock


class Conversation:
    """Made when the first socket comes, or when an agent's words have to be settled; kept while it is of use."""

    def __init__(self, chat: Chat, around: Surroundings, on_contact: Callable[["Conversation"], None]) -> None:
        self.chat = chat
        self.sockets: list[Socket] = []
        self.detached_at_ms = around.clock.monotonic_ms()
        self.active_at_ms = self.detached_at_ms
        self._around = around
        self._on_contact = on_contact
        self._lock = asyncio.Lock()
        self._loaded = False
        self._pending: Say | None = None
        self._unsaved: list[Line] = []
        self._undelivered: dict[str, Line] = {}
        self._last_number = 0

    @property
    def state(self) -> State:
        """What the visitor is told."""
        if not self.chat.contact_id:
            return State(Stage.NEW)
        if self.chat.left:
            return ENDED
        return self._around.states.state_of(self.chat.contact_id) or WAITING

    @property
    def open(self) -> bool:
        """Whether somebody works on it, or will."""
        return bool(self.chat.contact_id) and not self.chat.left and self.state.stage is not Stage.ENDED

    @property
    def begins_contact(self) -> bool:
        """Whether what the visitor says next begins a contact."""
        return not self.chat.contact_id or self._over()

    async def load(self) -> None:
        """Take up what the store knows of it; without the store it begins with what the log knows."""
        async with self._lock:
            if self._loaded:
                return
            try:
                stored = await self._around.transcripts.load(self.chat.id)
                undelivered = await self._around.transcripts.undelivered(self.chat.id)
                self._last_number = await self._around.transcripts.last_number(self.chat.id)
            except StoreUnavailable:
                self._begin_from_log()
                return
            if stored and stored.last_at_ms >= self.chat.last_at_ms:
                self.chat = stored
            self._undelivered = {line.message_id: line for line in undelivered}
            self._loaded = True
            self._begin_from_log()

    async def attach(self, socket: Socket, last_seen: int) -> None:
        """Welcome a socket and replay to it what it has not seen. All sockets of one token get all messages."""
        async with self._lock:
            lines = await self._lines(last_seen)
            self._last_number = max([self._last_number, *(line.number for line in lines)])
            socket.push(frames.welcome(self.chat.contact_id, self.state, self._last_number))
            for line in lines:
                socket.push(frames.message(line))
            self.sockets.append(socket)
            self.active_at_ms = self._around.clock.monotonic_ms()
            await self._save_attached()

    async def detach(self, socket: Socket) -> None:
        """The socket is gone."""
        if socket in self.sockets:
            self.sockets.remove(socket)
        self.detached_at_ms = self._around.clock.monotonic_ms()
        if not self.sockets:
            await self.keep_attached()

    async def say(self, said: Say, visitor: Hello, place: Place, from_socket: Socket) -> None:
        """Put the visitor's message into the log, then acknowledge it. Raises Unavailable, WhatWentWrong."""
        async with self._lock:
            if self._last_number >= LINES_MAX:
                raise WhatWentWrong("This chat is full.", f"It has {LINES_MAX} messages.", "Begin a new chat.")
            await self._append(said, visitor, place)
            line = await self._keep(self._customer_line(said))
            from_socket.push(frames.accepted(said.id, line.number, self.chat.contact_id))
            self._push(frames.message(line), but=from_socket)
            if self.state.stage is Stage.WAITING:
                self._push(frames.state_frame(self.state))

    async def hear(self, line: Line) -> None:
        """Show an agent's message, which the transcript holds already."""
        async with self._lock:
            self._undelivered[line.message_id] = line
            self._last_number = max(self._last_number, line.number)
            self.active_at_ms = self._around.clock.monotonic_ms()
            self._push(frames.message(line))

    async def got(self, number: int) -> None:
        """A page shows all up to that number: report the agents' messages among them. Raises Unavailable."""
        async with self._lock:
            self.active_at_ms = self._around.clock.monotonic_ms()
            for line in [line for line in self._undelivered.values() if line.number <= number]:
                await self._put(line.contact_id, self._settled(line, Fate.DELIVERED), Delivered(line.message_id))
                del self._undelivered[line.message_id]
                await self._mark_delivered(line)

    async def leave(self, reason: LeftReason) -> None:
        """The visitor is gone: say so once, and what can't reach them any more. Raises Unavailable."""
        async with self._lock:
            if self.open:
                contact_id = self.chat.contact_id
                await self._put(contact_id, self._around.ids.left(contact_id, self.chat.last_message_id), Left(reason))
                await self._fail_undelivered()
                self.chat = replace(self.chat, left=True)
                await self._save_attached()
            self._push(frames.state_frame(ENDED))

    async def is_elsewhere(self) -> bool:
        """Whether the visitor has a socket at another ingest by now, as far as the store knows."""
        async with self._lock:
            try:
                stored = await self._around.transcripts.load(self.chat.id)
            except StoreUnavailable:
                return False
            return stored is not None and stored.attached_until_ms > self._around.clock.wall_ms()

    async def keep_attached(self) -> None:
        """Note in the store that a socket is (or was until now) here, and what could not be kept before."""
        async with self._lock:
            await self._flush()
            await self._save_attached()

    @property
    def unsaved(self) -> bool:
        """Whether lines of it are not in the store yet."""
        return bool(self._unsaved)

    def changed(self) -> None:
        """The log has spoken of a contact of this chat."""
        self._advance()
        if self.chat.contact_id and not self.chat.left:
            self._push(frames.state_frame(self.state))

    async def _fail_undelivered(self) -> None:
        for line in self._undelivered.values():
            await self._put(line.contact_id, self._settled(line, Fate.FAILED), Failed(line.message_id, CUSTOMER_GONE))

    def _begin_from_log(self) -> None:
        first = self._around.ids.first_contact(self.chat.id)
        if not self.chat.contact_id and self._around.states.state_of(first) is not None:
            self.chat = replace(self.chat, contact_id=first)
        self._advance()

    def _advance(self) -> None:
        """Go on to the newest contact of the chain."""
        contact_id = self.chat.contact_id
        while contact_id:
            after = self._around.ids.contact_after(contact_id)
            if self._around.states.state_of(after) is None:
                break
            contact_id = after
        self._become(contact_id)

    def _become(self, contact_id: str) -> None:
        if contact_id != self.chat.contact_id:
            self.chat = replace(self.chat, contact_id=contact_id, left=False)
        self._on_contact(self)

    async def _append(self, said: Say, visitor: Hello, place: Place) -> None:
        if not self.chat.contact_id:
            await self._begin(said, visitor, place)
            if self._pending is None:
                return
            self._pending = None
        contact_id = self.chat.contact_id
        after = self._around.ids.contact_after(contact_id)
        if self._over():
            await self._put(after, self._message_id(said), _arrived(said, visitor, place, contact_id))
            self._become(after)
        else:
            await self._put(contact_id, self._message_id(said), MessageAdded(Content(text=said.text), after))
        self._wrote(said)

    async def _begin(self, said: Say, visitor: Hello, place: Place) -> None:
        """Make the first contact. Of one that failed nobody knows whether it arrived: it goes first, again."""
        first = self._pending or said
        self._pending = first
        contact_id = self._around.ids.first_contact(self.chat.id)
        await self._put(contact_id, self._message_id(first), _arrived(first, visitor, place, ""))
        self._become(contact_id)
        self._wrote(first)
        if first.id == said.id:
            self._pending = None

    def _over(self) -> bool:
        """Whether the contact is known to take no more, so that what is said now begins the next one."""
        known = self._around.states.state_of(self.chat.contact_id)
        if known is not None:
            return known.stage is Stage.ENDED
        return self._around.clock.wall_ms() - self.chat.last_at_ms > REMEMBERED_MS

    def _wrote(self, said: Say) -> None:
        now_ms = self._around.clock.wall_ms()
        self.active_at_ms = self._around.clock.monotonic_ms()
        self.chat = replace(self.chat, last_message_id=said.id, last_at_ms=now_ms, left=False)

    async def _put(self, contact_id: str, event_id: str, what: What) -> None:
        chat, now_ms = self.chat, self._around.clock.wall_ms()
        await self._around.door.put(Envelope(event_id, chat.tenant, chat.company, contact_id, now_ms, what))

    def _message_id(self, said: Say) -> str:
        return self._around.ids.message(self.chat.id, said.id)

    def _settled(self, line: Line, fate: Fate) -> str:
        return settled_id(self._around.ids.key, line.message_id, fate)

    def _customer_line(self, said: Say) -> Line:
        return Line(said.id, CUSTOMER, said.text, self._around.clock.wall_ms(), self.chat.contact_id)

    async def _keep(self, line: Line) -> Line:
        """Keep a line in the transcript; with the store away it waits here, and the visitor does not."""
        self._unsaved.append(line)
        kept = await self._flush()
        await self._save_attached()
        return next((saved for saved in kept if saved.message_id == line.message_id), line)

    async def _flush(self) -> list[Line]:
        kept: list[Line] = []
        try:
            while self._unsaved:
                kept.append(await self._around.transcripts.add(self.chat.id, self._unsaved[0]))
                self._last_number = max(self._last_number, kept[-1].number)
                del self._unsaved[0]
        except StoreUnavailable:
            pass  # the sweep tries again
        return kept

    async def _lines(self, last_seen: int) -> list[Line]:
        try:
            return await self._around.transcripts.lines(self.chat.id, last_seen)
        except StoreUnavailable:
            return []

    async def _mark_delivered(self, line: Line) -> None:
        try:
            await self._around.transcripts.mark_delivered(self.chat.id, line.message_id)
        except StoreUnavailable:
            self._undelivered[line.message_id] = line  # reported again later, under the same event id

    async def _save_attached(self) -> None:
        if not self.chat.contact_id:
            return
        until_ms = self._around.clock.wall_ms() + (ATTACHED_FOR_MS if self.sockets else 0)
        self.chat = replace(self.chat, attached_until_ms=until_ms)
        try:
            await self._around.transcripts.save(self.chat)
            await self._around.transcripts.name_contact(
                self._around.ids.contact_after(self.chat.contact_id), self.chat.id
            )
        except StoreUnavailable:
            pass  # the next message or the sweep saves it

    def _push(self, frame: dict[str, Any], but: Socket | None = None) -> None:
        for socket in self.sockets:
            if socket is not but:
                socket.push(frame)


def agent_line(event_id: str, agent: str, text: str, at_ms: int, contact_id: str) -> Line:
    """An agent's message as a line."""
    return Line(event_id, AGENT, text, at_ms, contact_id, agent)


def _arrived(said: Say, visitor: Hello, place: Place, previous_contact_id: str) -> Arrived:
    ivr_path, attributes = chosen(visitor.topic, place.topics)
    return Arrived(
        channel=Medium.WEB_CHAT,
        dialed=place.address,
        caller=visitor.email,
        ivr_path=ivr_path,
        language=visitor.language or place.language.lower(),
        attributes=attributes,
        previous_contact_id=previous_contact_id,
        message=Content(text=said.text, reply_to=visitor.email),
        caller_name=visitor.name,
    )
