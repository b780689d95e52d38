"""What is given at the beginning of a routing test: who is on duty, what they have, what waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from services.cli.plan.cases_model import CasePart, ContactPart, Given, OnDutyPart
from services.cli.plan.contacts import Desk, costs, first_queue
from services.cli.plan.scene import NotPossible, Scene
from services.plan.compiled import AgentProfile, Channel
from services.plan.defects import Path
from services.router.core.commands import Arrive, AttachAgent, SetPresence
from services.router.core.events import (
    CallConnected,
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    Event,
    OfferAccepted,
    Presence,
    Why,
)

HOUR_MS = 3_600_000
CALLS = (Channel.VOICE, Channel.CALLBACK)


@dataclass(frozen=True, slots=True)
class Beginning:
    """One thing that is given: when, where in the file it stands, and what makes it true."""

    at_ms: int
    path: Path
    make: Callable[[], None]


class Opening:
    """Makes what a test gives true, in the order of time."""

    def __init__(self, scene: Scene, desk: Desk) -> None:
        self._scene, self._desk = scene, desk

    def beginnings(self, case: CasePart, at_ms: int) -> list[Beginning]:
        """All that is given, the earliest first; at the same time those on duty come before those who wait."""
        found = [*self._on_duty(case, at_ms), *self._waiting(case, at_ms)]
        return sorted(found, key=lambda each: each.at_ms)

    def arrives(self, part: ContactPart) -> None:
        """The contact comes, now. Raises NotPossible if it is here already."""
        if part.contact in self._scene.state.contacts:
            raise NotPossible(f"{part.contact} is here already: give each contact its own name")
        if part.spoke_with:
            self._meets(part)
        self._scene.do(self._desk.arrival(part, self._scene.at_ms))

    def _meets(self, part: ContactPart) -> None:
        """An hour ago the customer spoke with an agent."""
        if part.spoke_with not in self._scene.state.agents:
            raise NotPossible(f"there is no agent {part.spoke_with} in the plan")
        now_ms, self._scene.at_ms = self._scene.at_ms, self._scene.at_ms - HOUR_MS
        before = self._desk.arrival(part.model_copy(update={"contact": f"{part.contact}-before"}), self._scene.at_ms)
        before = replace(before, customer=self._desk.customer(part))
        self._scene.put(*self._taken(before, part.spoke_with))
        disposition = next(each for each in self._scene.plan.companies if each.id == before.company).dispositions[0]
        ended = ContactEnded(before.contact_id, ContactOutcome.COMPLETED, part.spoke_with, disposition.id, "")
        self._scene.put(ended)
        self._scene.at_ms = now_ms

    def _on_duty(self, case: CasePart, at_ms: int) -> Iterator[Beginning]:
        for name, part in case.agents.items():
            yield Beginning(at_ms - part.idle_s * 1000, ("agents", name), partial(self._comes, name, part))

    def _comes(self, name: str, part: OnDutyPart) -> None:
        self._scene.do(AttachAgent(name))
        profile = next(each for each in self._scene.plan.agents if each.id == name)
        self._fits(profile, part)
        for place, held in enumerate(part.holds, 1):
            contact = held.contact or f"{name}-{place}"
            asked = ContactPart(contact=contact, channel=held.channel, company=held.company or profile.companies[0])
            self._scene.put(*self._taken(self._desk.arrival(asked, self._scene.at_ms), name))
        is_away = part.presence is Given.AWAY
        self._scene.do(SetPresence(name, Presence.AWAY if is_away else Presence.AVAILABLE))

    def _fits(self, profile: AgentProfile, part: OnDutyPart) -> None:
        held = [costs(self._scene.plan, each.channel) for each in part.holds]
        units = sum(each for each, _ in held)
        if units > profile.units or (len(held) > 1 and any(alone for _, alone in held)):
            raise NotPossible(
                f"{profile.id} can't hold all this: it takes {units} of {profile.units} units, or is alone"
            )

    def _taken(self, arrival: Arrive, agent: str) -> Iterator[Event]:
        """A contact's life until the agent has it."""
        contact, plan = arrival.contact_id, self._scene.plan
        queue, offer = first_queue(plan, arrival.company), f"{arrival.contact_id}.1"
        why = Why(plan.version, "", queue, "", (), 0, 0, (), "", (), "only")
        yield accepted(arrival)
        yield ContactQueued(contact, queue, (), 0, "", plan.version)
        yield ContactOffered(contact, agent, offer, self._scene.at_ms + 1, why)
        yield OfferAccepted(contact, agent, offer)
        if arrival.channel in CALLS:
            yield CallConnected(contact, agent)

    def _waiting(self, case: CasePart, at_ms: int) -> Iterator[Beginning]:
        for place, part in enumerate(case.waiting):
            yield Beginning(at_ms - part.waited_s * 1000, ("waiting", place), partial(self.arrives, part))


def accepted(arrival: Arrive) -> ContactAccepted:
    """What the core would say of the arrival."""
    return ContactAccepted(
        arrival.contact_id,
        arrival.company,
        arrival.channel,
        arrival.direction,
        arrival.dialed,
        arrival.caller_classes,
        arrival.customer,
        arrival.ivr_path,
        arrival.language,
        arrival.attributes,
        arrival.arrived_at_ms,
        arrival.previous_contact_id,
        0,
    )
