"""One visitor's WebSocket: frames in, checked and counted; frames out, through a bounded queue."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.ingest.addresses import Place
from services.ingest.admission import Admission
from services.ingest.channels.web_chat import WebChat
from services.ingest.chat.conversation import Conversation
from services.ingest.chat.frames import End, Got, Hello, Say, error_frame, read_frame
from services.ingest.envelopes import LeftReason
from services.ingest.front_door import Unavailable
from services.ingest.metrics import REFUSED
from services.ingest.rate_limit import RateLimit
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel

HELLO_WITHIN_S = 10.0
CLOSE_WITHIN_S = 5.0
BAD_FRAMES_MAX = 20
SOCKETS_PER_CHAT = 4
QUEUE_MAX = 2_500

BAD_FRAMES = 1008
TRY_LATER = 1013
NO_HELLO = 4000
TOO_MANY_TABS = 4009

NOT_TAKEN = WhatWentWrong(
    "The message was not taken.", "The contact centre's log is away for the moment.", "Send it again in a few seconds."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the sockets share: how often a chat may say something, and how often a client may begin a contact.

    `admission`: whether a tenant may begin new contacts. Open conversations go on even then.
    """

    messages: RateLimit
    contacts: RateLimit
    admission: Admission = field(default_factory=Admission)


class VisitorSocket:
    """Serves one accepted WebSocket until it is closed."""

    def __init__(self, websocket: WebSocket, place: Place, client: str, chats: WebChat, limits: Limits) -> None:
        self._websocket = websocket
        self._place = place
        self._client = client
        self._chats = chats
        self._limits = limits
        self._outgoing: asyncio.Queue[dict[str, Any] | int] = asyncio.Queue(QUEUE_MAX)
        self._bad_frames = 0
        self._closing = False

    def push(self, frame: dict[str, Any]) -> None:
        """Send a frame; a page that does not read is cut off."""
        if self._closing:
            return
        self._outgoing.put_nowait(frame)
        # One place stays free for the close.
        if self._outgoing.qsize() >= QUEUE_MAX - 1:
            self.close(TRY_LATER)

    def close(self, code: int) -> None:
        """Close, after what was pushed before."""
        if not self._closing:
            self._closing = True
            self._outgoing.put_nowait(code)

    async def serve(self) -> None:
        """Read until the page is gone or was sent away."""
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._write())
        try:
            await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and not writing.done():
                await asyncio.wait([writing], timeout=CLOSE_WITHIN_S)
        finally:
            for task in (reading, writing):
                task.cancel()
            results = await asyncio.gather(reading, writing, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _read(self) -> None:
        try:
            hello = await self._hello()
            if hello is not None:
                conversation = await self._chats.open(self._place, hello)
                await self._converse(conversation, hello)
        except WebSocketDisconnect:
            self.close(1000)

    async def _hello(self) -> Hello | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HELLO_WITHIN_S):
                while not self._closing:
                    frame = await self._frame()
                    if isinstance(frame, Hello):
                        return frame
                    if frame is not None:
                        self._refuse(WhatWentWrong("This came too early.", "No hello came first.", "Send hello first."))
        self.close(NO_HELLO)
        return None

    async def _converse(self, conversation: Conversation, hello: Hello) -> None:
        for oldest in conversation.sockets[: len(conversation.sockets) + 1 - SOCKETS_PER_CHAT]:
            oldest.close(TOO_MANY_TABS)
        try:
            await conversation.attach(self, hello.last_seen)
            while not self._closing:
                frame = await self._frame()
                if frame is not None:
                    await self._take(conversation, hello, frame)
        finally:
            await conversation.detach(self)

    async def _take(self, conversation: Conversation, hello: Hello, frame: Hello | Say | Got | End) -> None:
        try:
            match frame:
                case Say():
                    await self._say(conversation, hello, frame)
                case Got():
                    await conversation.got(frame.number)
                case End():
                    await conversation.leave(LeftReason.CUSTOMER)
                case Hello():
                    self._refuse(WhatWentWrong("Hello was said already.", "", "Open another socket instead."))
        except Unavailable:
            self.push(error_frame(NOT_TAKEN, frame.id if isinstance(frame, Say) else "", again=True))

    async def _say(self, conversation: Conversation, hello: Hello, said: Say) -> None:
        if not conversation.begins_contact:
            await self._add(conversation, hello, said)
            return
        tenant, admission, taken = conversation.chat.tenant, self._limits.admission, False
        if (refusal := admission.begin(tenant)) is not None:
            admission.note(refusal, tenant, Channel.WEB_CHAT)
            self.push(error_frame(refusal.wrong, said.id, again=True))
            return
        try:
            taken = await self._add(conversation, hello, said)
        finally:
            if not taken:
                admission.came_to_nothing(tenant)

    async def _add(self, conversation: Conversation, hello: Hello, said: Say) -> bool:
        """Whether it was taken. Raises Unavailable."""
        wait_s = self._limits.messages.take(conversation.chat.id)
        if not wait_s and not conversation.chat.contact_id:
            wait_s = self._limits.contacts.take(self._client)
        if wait_s:
            why = "That was too much in too short a time."
            wrong = WhatWentWrong("The message was not taken.", why, f"Try again in {wait_s} seconds.")
            self._refuse(wrong, said.id, again=True)
            return False
        try:
            await conversation.say(said, hello, self._place, self)
        except WhatWentWrong as wrong:
            self._refuse(wrong, said.id)
            return False
        return True

    async def _frame(self) -> Hello | Say | Got | End | None:
        """The next frame; None for one that was no good, of which the page was told. Raises WebSocketDisconnect."""
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        if received.get("text") is None:
            self._refuse(WhatWentWrong("This frame was not taken.", "It is binary.", "Send JSON in text frames."))
            return None
        try:
            return read_frame(received["text"])
        except WhatWentWrong as wrong:
            self._refuse(wrong)
            return None

    def _refuse(self, wrong: WhatWentWrong, message_id: str = "", *, again: bool = False) -> None:
        REFUSED.labels(Channel.WEB_CHAT.value).inc()
        self.push(error_frame(wrong, message_id, again=again))
        self._bad_frames += 1
        if self._bad_frames >= BAD_FRAMES_MAX:
            self.close(BAD_FRAMES)

    async def _write(self) -> None:
        while True:
            frame = await self._outgoing.get()
            # A page that is gone ends the reading side, which is the one to notice.
            with suppress(RuntimeError, WebSocketDisconnect):
                if isinstance(frame, int):
                    await self._websocket.close(frame)
                else:
                    await self._websocket.send_text(json.dumps(frame, ensure_ascii=False))
            if isinstance(frame, int):
                return
