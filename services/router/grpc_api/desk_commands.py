"""What an agent's program asks for, as commands: the same for unary calls and for streams."""

from collections.abc import Callable
from typing import Any

from services.plan.compiled import SkillLevel
from services.router.core.commands import (
    AcceptOffer,
    Command,
    CompleteContact,
    Consult,
    DeclineOffer,
    EndConsultation,
    FinishConversation,
    HandOver,
    SetPresence,
    TransferContact,
)
from services.router.core.events import Presence
from services.router.grpc_api.door import BadRequest, check_id, check_word
from switchroom.v1 import events_pb2, work_pb2

REASON_LENGTH_MAX = 64
# What a refusal repeats goes into the log, so it must not be long.
WORDS = ("offer_id", "disposition", "queue", "to_agent")
# As many skills as a route may ask for.
SKILLS_MAX = 20
LEVEL_MIN, LEVEL_MAX = 1, 10


def command_of(agent: str, request: Any) -> Command:
    """The command that a request means, for this agent. Raises BadRequest."""
    if hasattr(request, "contact_id"):
        check_id("contact_id", request.contact_id)
    for name in WORDS:
        check_word(name, getattr(request, name, ""))
    return _MAKERS[type(request)](agent, request)


def _set_presence(agent: str, request: work_pb2.SetPresenceRequest) -> Command:
    if len(request.reason) > REASON_LENGTH_MAX:
        raise BadRequest(f"reason is an id of the plan's away reasons, of at most {REASON_LENGTH_MAX} characters")
    return SetPresence(agent, _presence(request.presence), request.reason)


def _presence(number: int) -> Presence:
    name = events_pb2.Presence.DESCRIPTOR.values_by_number.get(number)
    word = name.name.removeprefix("PRESENCE_").lower() if name is not None else ""
    if word not in {Presence.OFFLINE, Presence.AVAILABLE, Presence.AWAY}:
        raise BadRequest("presence must be PRESENCE_OFFLINE, PRESENCE_AVAILABLE or PRESENCE_AWAY")
    return Presence(word)


def _transfer(agent: str, request: work_pb2.TransferRequest) -> Command:
    return TransferContact(agent, request.contact_id, request.queue, request.to_agent, _skills(request))


def _consult(agent: str, request: work_pb2.ConsultRequest) -> Command:
    return Consult(agent, request.contact_id, request.queue, request.to_agent, _skills(request))


def _skills(request: work_pb2.TransferRequest | work_pb2.ConsultRequest) -> tuple[SkillLevel, ...]:
    if len(request.skills) > SKILLS_MAX:
        raise BadRequest(f"skills are at most {SKILLS_MAX}")
    for needed in request.skills:
        check_word("skills.skill", needed.skill)
        if not needed.skill or not LEVEL_MIN <= needed.level <= LEVEL_MAX:
            raise BadRequest(f"each of skills names a skill and a level from {LEVEL_MIN} to {LEVEL_MAX}")
    return tuple(SkillLevel(needed.skill, needed.level) for needed in request.skills)


_MAKERS: dict[type, Callable[[str, Any], Command]] = {
    work_pb2.SetPresenceRequest: _set_presence,
    work_pb2.AcceptRequest: lambda agent, asked: AcceptOffer(agent, asked.contact_id, asked.offer_id),
    work_pb2.DeclineRequest: lambda agent, asked: DeclineOffer(agent, asked.contact_id, asked.offer_id),
    work_pb2.FinishRequest: lambda agent, asked: FinishConversation(agent, asked.contact_id),
    work_pb2.CompleteRequest: lambda agent, asked: CompleteContact(agent, asked.contact_id, asked.disposition),
    work_pb2.TransferRequest: _transfer,
    work_pb2.ConsultRequest: _consult,
    work_pb2.HandOverRequest: lambda agent, asked: HandOver(agent, asked.contact_id),
    work_pb2.EndConsultationRequest: lambda agent, asked: EndConsultation(agent, asked.contact_id),
}
