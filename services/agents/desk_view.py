"""A desk as clients see it: the items, who and how the agent is, and whether the router can be heard."""

from dataclasses import asdict
from typing import Any

from services.agents.desk import WorkItem, WorkState
from services.agents.desk_link import DeskLink, Seat
from services.shared.tokens import Identity

OPENED = frozenset({WorkState.ACTIVE, WorkState.WRAP_UP})


def visible_items(identity: Identity, seat: Seat) -> list[WorkItem]:
    """The items of companies that this person may see."""
    items = seat.desk.items if seat.desk else ()
    return [item for item in items if identity.may_see(item.company)]


def item_of(identity: Identity, seat: Seat, contact_id: str) -> WorkItem | None:
    """The item of that contact, if it is on this desk."""
    return next((item for item in visible_items(identity, seat) if item.contact_id == contact_id), None)


def open_offer(identity: Identity, seat: Seat) -> WorkItem | None:
    """The offer that waits for the agent's answer."""
    return next((item for item in visible_items(identity, seat) if item.state is WorkState.OFFERED), None)


def item_view(item: WorkItem | None) -> dict[str, Any] | None:
    """An item with nothing private in it."""
    return None if item is None else asdict(item)


def desk_view(identity: Identity, link: DeskLink, seat: Seat, now_ms: int) -> dict[str, Any]:
    """All of it. `presence` is null until the router was heard."""
    desk = seat.desk
    return {
        "agent": identity.agent,
        "connected": link.connected,
        "refused": seat.refused.detail if seat.refused else "",
        "presence": desk.presence if desk else None,
        "presence_reason": desk.presence_reason if desk else "",
        "attached": bool(desk and desk.attached and link.connected),
        "units": desk.units if desk else 0,
        "load": desk.load if desk else 0,
        "items": [item_view(item) for item in visible_items(identity, seat)],
        "now_ms": now_ms,
    }
