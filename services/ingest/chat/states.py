"""What visitors of a chat are told of their contact: a fold over router.log."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    Happened,
    OfferAccepted,
    WrapUpStarted,
)
from services.plan.compiled import Channel, Diversion

ENDED_MAX = 50_000
# There is no voicemail in a chat, and nobody else to be put through to.
NOBODY = "Nobody can take this chat at the moment. Please contact us another way."


class Stage(StrEnum):
    """Where a chat stands for its visitor."""

    NEW = "new"
    WAITING = "waiting"
    JOINED = "joined"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """The stage, and the agent who has joined.

    Of one who waits, what the router said last: the position, from 1, and the expected wait; 0 where it can't tell.
    `notice`: what the visitor reads when the chat ends as no agent takes it.
    """

    stage: Stage
    agent: str = ""
    position: int = 0
    wait_ms: int = 0
    notice: str = ""


WAITING = State(Stage.WAITING)
ENDED = State(Stage.ENDED)


class ChatStates:
    """All open chats by contact id, and the ended ones of late (at most `ended_max`, the newest)."""

    def __init__(self, ended_max: int = ENDED_MAX) -> None:
        self._open: dict[str, State] = {}
        self._ended: OrderedDict[str, State] = OrderedDict()
        self._ended_max = ended_max
        self.on_change: Callable[[str, State], None] = lambda _contact, _state: None

    def state_of(self, contact_id: str) -> State | None:
        """The state of a contact, or None when the log has not spoken of it (or long ago)."""
        return self._ended.get(contact_id) or self._open.get(contact_id)

    def open_contacts(self) -> Iterator[str]:
        """Contacts that have not ended; those whose agent is in wrap-up are among them."""
        return iter(tuple(self._open))

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account, and tell `on_change`."""
        match happened.fact:
            case ContactAccepted(contact_id, Channel.WEB_CHAT):
                self._set(contact_id, WAITING)
            case (ContactQueued() | CustomerTold()) as said:
                self._say(said)
            case ContactDiverted(contact_id, to, address) if contact_id in self._open:
                notice = address if to is Diversion.MESSAGE else NOBODY
                self._open[contact_id] = replace(self._open[contact_id], notice=notice)
            case OfferAccepted(contact_id, agent) | ContactHandedOver(contact_id, agent):
                self._change(contact_id, State(Stage.JOINED, agent))
            case ContactTransferred(contact_id) | ContactReturned(contact_id):
                self._change(contact_id, WAITING)
            case WrapUpStarted(contact_id):
                self._wrap_up(contact_id)
            case ContactEnded(contact_id):
                self._end(contact_id)

    def _change(self, contact_id: str, state: State) -> None:
        if contact_id in self._open:
            self._set(contact_id, state)

    def _say(self, said: ContactQueued | CustomerTold) -> None:
        """Position and wait are of those who wait; a queueing that says nothing tells them nothing."""
        state = self._open.get(said.contact_id)
        if state is not None and state.stage is Stage.WAITING and said.position:
            self._set(said.contact_id, replace(state, position=said.position, wait_ms=said.expected_wait_ms))

    def _wrap_up(self, contact_id: str) -> None:
        # A transfer puts the sender into wrap-up too; then the conversation goes on, and waits.
        if self._open.get(contact_id, WAITING).stage is Stage.JOINED:
            self._set(contact_id, ENDED)

    def _set(self, contact_id: str, state: State) -> None:
        self._open[contact_id] = state
        self.on_change(contact_id, state)

    def _end(self, contact_id: str) -> None:
        before = self._open.pop(contact_id, None)
        if before is None:
            return
        ended = self._ended[contact_id] = replace(ENDED, notice=before.notice)
        while len(self._ended) > self._ended_max:
            self._ended.popitem(last=False)
        self.on_change(contact_id, ended)
