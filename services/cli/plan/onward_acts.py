"""How agents hand contacts on in a routing test: by a transfer, or by asking a colleague first.

What is asked is a contact of the core's own making; in tests the last one about NAME is called NAME-consultation.
"""

from services.cli.plan.cases_model import ActPart, OnwardPart
from services.cli.plan.scene import NotPossible, Scene
from services.plan.compiled import SkillLevel
from services.router.core.commands import Consult, EndConsultation, HandOver, TransferContact
from services.router.core.events import ConsultationOpened, ContactOffered
from services.router.core.records import Contact, ContactStatus

CONSULTATION = "-consultation"


def called(scene: Scene, name: str) -> str:
    """The id of the contact that a test calls so."""
    about = name.removesuffix(CONSULTATION)
    if about == name or name in scene.state.contacts:
        return name
    return (_consultations(scene, about) or [name])[-1]


def colleagues_asked(scene: Scene, contact_id: str) -> list[str]:
    """Whom consultations about the contact were offered to, in that order."""
    asked = set(_consultations(scene, contact_id))
    events = [each.event for each in scene.happened]
    return [each.agent for each in events if isinstance(each, ContactOffered) and each.contact_id in asked]


def _consultations(scene: Scene, about: str) -> list[str]:
    events = [each.event for each in scene.happened]
    return [each.contact_id for each in events if isinstance(each, ConsultationOpened) and each.about == about]


class OnwardActs:
    """Lets agents do so, at the scene's time."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def happen(self, act: ActPart) -> None:
        """The one thing that the act says. Raises NotPossible."""
        if act.transfers is not None:
            self._scene.do(TransferContact(*self._onward(act.transfers)))
        elif act.asks is not None:
            self._scene.do(Consult(*self._onward(act.asks)))
        elif act.hands_over:
            self._scene.do(HandOver(*self._who_asked(act.hands_over)))
        else:
            self._scene.do(EndConsultation(*self._who_asked(act.takes_back)))

    def _onward(self, part: OnwardPart) -> tuple[str, str, str, str, tuple[SkillLevel, ...]]:
        """Who does it, which contact, the queue, the colleague, the skills."""
        contact = self._in_work(part.contact)
        if part.agent not in ("", contact.agent):
            raise NotPossible(f"{part.contact} is with {contact.agent}, and not with {part.agent}: leave out agent")
        self._refuse_unknown(part)
        skills = tuple(SkillLevel(skill, level) for skill, level in sorted(part.skills.items()))
        return contact.agent, contact.id, part.queue, part.to_agent, skills

    def _refuse_unknown(self, part: OnwardPart) -> None:
        plan = self._scene.plan
        known = {each.skill for agent in plan.agents for each in agent.skills}
        unknown = [skill for skill in part.skills if skill not in known]
        if unknown:
            raise NotPossible(f"no agent has the skill {unknown[0]}: name one that an agent of the plan has")
        if part.to_agent and part.to_agent not in {agent.id for agent in plan.agents}:
            raise NotPossible(f"there is no agent {part.to_agent} in the plan")
        if part.queue and part.queue not in {queue.id for queue in plan.queues}:
            raise NotPossible(f"there is no queue {part.queue} in the plan")

    def _in_work(self, name: str) -> Contact:
        contact = self._scene.state.contacts.get(called(self._scene, name))
        if contact is None:
            raise NotPossible(f"{name} has not come yet")
        if contact.status is not ContactStatus.ACTIVE:
            raise NotPossible(f"no agent is at work on {name}, it is {contact.status}: let one accept it first")
        return contact

    def _who_asked(self, name: str) -> tuple[str, str]:
        """Who has the contact, and its id."""
        contact = self._in_work(name)
        if not contact.consultation:
            raise NotPossible(f"nobody is asked about {name}: let who has it ask first")
        return contact.agent, contact.id
