"""What happens in a routing test, as commands to the router's core."""

from services.cli.plan.cases_model import ActPart
from services.cli.plan.contacts import call_back_of
from services.cli.plan.given import CALLS, Opening
from services.cli.plan.onward_acts import OnwardActs, called
from services.cli.plan.scene import NotPossible, Scene
from services.plan.compiled import Channel
from services.router.core.commands import (
    AcceptOffer,
    AttachAgent,
    CompleteContact,
    ConnectCall,
    CustomerLeaves,
    DeclineOffer,
    FinishConversation,
    SetPresence,
)
from services.router.core.events import CustomerTold, Presence
from services.router.core.records import Contact

WAITING = ("queued", "offered")


class Acts:
    """Lets the acts of a test happen, one after the other, at the scene's time."""

    def __init__(self, scene: Scene, opening: Opening) -> None:
        self._scene, self._opening = scene, opening
        self._onward = OnwardActs(scene)

    def happen(self, act: ActPart) -> None:
        """The one thing that the act says. Raises NotPossible."""
        if act.arrives is not None:
            self._opening.arrives(act.arrives)
        elif act.passes_s:
            self._scene.pass_until(self._scene.at_ms + act.passes_s * 1000)
        elif act.accepts:
            self._accept(act.accepts)
        elif act.declines:
            self._scene.do(DeclineOffer(*self._offer(act.declines)))
        elif act.leaves:
            self._leave(act.leaves)
        elif act.chooses_call_back:
            self._call_back(act.chooses_call_back)
        else:
            self._agent_acts(act)

    def _agent_acts(self, act: ActPart) -> None:
        if act.comes:
            self._scene.do(AttachAgent(act.comes))
            self._scene.do(SetPresence(act.comes, Presence.AVAILABLE))
        elif act.goes:
            self._scene.do(SetPresence(act.goes, Presence.AWAY))
        elif act.free:
            self._free(act.free)
        else:
            self._onward.happen(act)

    def _accept(self, name: str) -> None:
        agent, contact_id, offer_id = self._offer(name)
        self._scene.do(AcceptOffer(agent, contact_id, offer_id))
        if self._scene.state.contacts[contact_id].channel in CALLS:
            self._scene.do(ConnectCall(contact_id, offer_id))

    def _leave(self, contact_id: str) -> None:
        if contact_id not in self._scene.state.contacts:
            raise NotPossible(f"{contact_id} has not come yet")
        self._scene.do(CustomerLeaves(contact_id))

    def _call_back(self, contact_id: str) -> None:
        contact = self._scene.state.contacts.get(contact_id)
        told = (each.event for each in self._scene.happened if isinstance(each.event, CustomerTold))
        if contact is None or not any(each.contact_id == contact_id and each.callback_offered for each in told):
            raise NotPossible(f"{contact_id} was offered no call-back")
        if contact.channel is not Channel.VOICE or contact.status not in WAITING:
            raise NotPossible(f"{contact_id} is no call that waits: it is {contact.channel}, {contact.status}")
        self._scene.do(call_back_of(contact, self._scene.at_ms))

    def _offer(self, name: str) -> tuple[str, str, str]:
        contact = self._scene.state.contacts.get(called(self._scene, name))
        if contact is None or contact.status != "offered":
            raise NotPossible(f"{name} is not offered to anybody")
        return contact.agent, contact.id, contact.offer_id

    def _free(self, agent_id: str) -> None:
        """The agent ends everything that they have, and comes back if an offer was let time out."""
        agent = self._scene.state.agents.get(agent_id)
        if agent is None:
            raise NotPossible(f"there is no agent {agent_id} in the plan")
        items = [self._scene.state.contacts[each] for each in agent.items]
        held = [item for item in items if item.status != "offered"]
        if not held:
            raise NotPossible(f"{agent_id} has nothing to end")
        for item in held:
            self._end(agent_id, item)

    def _end(self, agent_id: str, item: Contact) -> None:
        if item.about:
            self._scene.do(FinishConversation(agent_id, item.id))
            return
        company = next(each for each in self._scene.plan.companies if each.id == item.company)
        self._scene.do(CompleteContact(agent_id, item.id, company.dispositions[0].id))
