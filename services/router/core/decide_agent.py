"""Decides attendance: attaching, detaching, and what agents say of their presence."""

from typing import assert_never

from services.router.core.commands import AttachAgent, DetachAgent, Refusal, SetPresence
from services.router.core.draft import Draft, Refused
from services.router.core.events import AgentAttached, AgentDetached, Presence, PresenceChanged
from services.router.core.records import Agent
from services.router.core.waiting_room import withdraw_offers

AttendanceCommand = AttachAgent | DetachAgent | SetPresence


def decide_attendance(draft: Draft, command: AttendanceCommand) -> None:
    agent = _known(draft, command.agent)
    match command:
        case AttachAgent():
            if not agent.attached:
                draft.add(AgentAttached(agent.id))
        case DetachAgent():
            if agent.attached:
                draft.add(AgentDetached(agent.id))
        case SetPresence():
            _set_presence(draft, agent, command)
        case _:
            assert_never(command)


def _known(draft: Draft, agent_id: str) -> Agent:
    agent = draft.state.agents.get(agent_id)
    if agent is None:
        raise Refused(
            Refusal.NOT_FOUND, f"There is no agent {agent_id}.", "Have the agent added to the roster of the plan."
        )
    return agent


def _set_presence(draft: Draft, agent: Agent, command: SetPresence) -> None:
    _refuse_bad_words(draft, command)
    if (agent.presence, agent.reason) == (command.presence, command.reason):
        return
    if command.presence is not Presence.AVAILABLE:
        withdraw_offers(draft, agent.id)
    draft.add(PresenceChanged(agent.id, command.presence, command.reason))


def _refuse_bad_words(draft: Draft, command: SetPresence) -> None:
    if command.presence is Presence.NOT_RESPONDING:
        raise Refused(
            Refusal.INVALID,
            "Not responding is set by the router when an offer times out, not by agents.",
            "Say offline, available or away.",
        )
    if command.reason and command.presence is not Presence.AWAY:
        raise Refused(Refusal.INVALID, "Only being away has a reason.", "Leave the reason out, or say away.")
    reasons = draft.state.plan.away_reasons if draft.state.plan else ()
    if command.reason and command.reason not in reasons:
        raise Refused(
            Refusal.INVALID,
            "The plan has no such reason for being away.",
            f"Use one of the plan's: {', '.join(reasons) or 'it has none, so leave it out'}.",
        )
