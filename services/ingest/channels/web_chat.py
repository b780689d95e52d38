"""The web chat: live, both ways, and resumable by the token that the visitor's page keeps.

A chat is held by whoever has its 128-bit token; several sockets with one token (a duplicated tab) all get everything.
A visitor whose last socket has been gone for a minute has left.
"""

import asyncio
from dataclasses import dataclass, field

import structlog

from services.ingest.addresses import Place
from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.chat.conversation import CUSTOMER_GONE, Conversation, Surroundings, agent_line
from services.ingest.chat.frames import Hello
from services.ingest.chat.states import ENDED, State
from services.ingest.chat.transcript import Chat
from services.ingest.envelopes import LeftReason, Outgoing
from services.ingest.front_door import Unavailable
from services.plan.compiled import Channel as Medium
from services.shared.document_store import StoreUnavailable

SWEEP_S = 1.0
NOTES_EVERY_MS = 30_000
CLOSED_IDLE = 4008
NOT_OURS = "The chat of this contact is not known here: it was not begun on a page of ours."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a visitor may be gone, and how long nobody may say anything, before the chat is over (ms)."""

    gone_ms: int = 60_000
    idle_ms: int = 3_600_000


@dataclass(slots=True)
class WebChat:
    """All chats that have a socket here, or had one a moment ago."""

    around: Surroundings
    patience: Patience = Patience()
    _conversations: dict[str, Conversation] = field(default_factory=dict)
    _by_contact: dict[str, Conversation] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _notes_due_ms: int = 0

    @property
    def medium(self) -> Medium:
        return Medium.WEB_CHAT

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=True, is_live=True)

    async def start(self) -> None:
        """Begin to watch for visitors who are gone."""
        self.around.states.on_change = self._changed
        self._notes_due_ms = self.around.clock.monotonic_ms() + self.patience.gone_ms
        self._task = asyncio.create_task(self._watch(), name="web-chat-watch")

    async def stop(self) -> None:
        """Close all sockets; their pages come back to whoever is there then."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for conversation in tuple(self._conversations.values()):
            for socket in tuple(conversation.sockets):
                socket.close(1012)

    async def open(self, place: Place, hello: Hello) -> Conversation:
        """The conversation of a token on a page, new or taken up again."""
        chat_id = self.around.ids.chat(place.tenant, place.address, hello.token)
        conversation = self._conversations.get(chat_id)
        if conversation is None:
            conversation = self._hold(Chat(chat_id, place.tenant, place.company, place.address))
        await conversation.load()
        return conversation

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Keep an agent's message in the transcript and show it; the page says when it has it."""
        chat = await self._chat_of(outgoing.contact_id)
        if chat is None:
            return SendResult(Fate.FAILED, NOT_OURS)
        line = agent_line(
            outgoing.event_id, outgoing.agent, outgoing.message.text, outgoing.written_at_ms, outgoing.contact_id
        )
        line = await self.around.transcripts.add(chat.id, line)
        if line.delivered:
            return SendResult(Fate.DELIVERED)
        conversation = self._conversations.get(chat.id)
        if conversation is not None:
            await conversation.hear(line)
        gone = chat.left if conversation is None else conversation.chat.left and not conversation.sockets
        return SendResult(Fate.FAILED, CUSTOMER_GONE) if gone else SendResult(Fate.UNDERWAY)

    async def _chat_of(self, contact_id: str) -> Chat | None:
        # What is here goes first: the store may have been away when the chat began.
        conversation = self._by_contact.get(contact_id)
        return conversation.chat if conversation else await self.around.transcripts.chat_of(contact_id)

    async def sweep(self) -> None:
        """Once: end what is idle, see who has been gone for too long, note in the store who is here.

        Raises Unavailable and StoreUnavailable; the next sweep tries again.
        """
        for conversation in tuple(self._conversations.values()):
            if conversation.sockets:
                await self._end_idle(conversation)
            elif self._since(conversation.detached_at_ms) >= self.patience.gone_ms:
                await self._let_go(conversation)
        if self.around.clock.monotonic_ms() >= self._notes_due_ms:
            self._notes_due_ms = self.around.clock.monotonic_ms() + NOTES_EVERY_MS
            await self._take_notes()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except (Unavailable, StoreUnavailable) as error:
                log.warning("visitors who left could not be reported yet", because=str(error))

    async def _end_idle(self, conversation: Conversation) -> None:
        if self._since(conversation.active_at_ms) < self.patience.idle_ms:
            return
        await conversation.leave(LeftReason.EXPIRED)
        for socket in tuple(conversation.sockets):
            socket.close(CLOSED_IDLE)

    async def _let_go(self, conversation: Conversation) -> None:
        if not await conversation.is_elsewhere():
            await conversation.leave(LeftReason.CONNECTION_LOST)
        if conversation.unsaved:
            await conversation.keep_attached()
            return
        self._conversations.pop(conversation.chat.id, None)
        for contact_id in [key for key, value in self._by_contact.items() if value is conversation]:
            del self._by_contact[contact_id]

    async def _take_notes(self) -> None:
        """Refresh the leases of visitors here; end open chats that are neither here nor at another ingest."""
        for conversation in tuple(self._conversations.values()):
            if conversation.sockets:
                await conversation.keep_attached()
        for contact_id in self.around.states.open_contacts():
            if contact_id not in self._by_contact and self.around.states.state_of(contact_id) != ENDED:
                await self._end_orphan(contact_id)

    async def _end_orphan(self, contact_id: str) -> None:
        chat = await self.around.transcripts.chat_of(contact_id)
        if chat is None or chat.left or contact_id in self._by_contact:
            return
        if self.around.clock.wall_ms() >= chat.attached_until_ms + self.patience.gone_ms:
            conversation = self._hold(chat)
            await conversation.load()
            await conversation.leave(LeftReason.CONNECTION_LOST)

    def _hold(self, chat: Chat) -> Conversation:
        conversation = Conversation(chat, self.around, self._register)
        self._conversations[chat.id] = conversation
        return conversation

    def _register(self, conversation: Conversation) -> None:
        contact_id = conversation.chat.contact_id
        if contact_id:
            self._by_contact[contact_id] = conversation
            self._by_contact[self.around.ids.contact_after(contact_id)] = conversation

    def _changed(self, contact_id: str, _state: State) -> None:
        conversation = self._by_contact.get(contact_id)
        if conversation is not None:
            conversation.changed()

    def _since(self, at_ms: int) -> int:
        return self.around.clock.monotonic_ms() - at_ms
