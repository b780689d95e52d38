"""Escalations that come back to where they began."""

from collections.abc import Iterator, Mapping

from services.plan.defects import Finding
from services.plan.fields import shown
from services.plan.model import PlanModel


def escalation_findings(content: PlanModel) -> Iterator[Finding]:
    """Each circle of queues that escalate to one another, once, at the first of them in the file."""
    onward = {queue.id: queue.escalates_to for queue in content.queues}
    told: set[str] = set()
    for index, queue in enumerate(content.queues):
        circle = _circle(queue.id, onward)
        if circle and not told.intersection(circle):
            told.update(circle)
            way = " → ".join([*circle, queue.id])
            what = f"an escalation from {shown(queue.id)} comes back to it: {way}"
            yield Finding(("queues", index, "escalates_to"), what, "let the last one escalate to nobody, or higher")


def _circle(first: str, onward: Mapping[str, str]) -> list[str]:
    """The queues on the way from one back to it; empty if no way leads back."""
    way, here = [first], onward.get(first, "")
    while here and here not in way:
        way.append(here)
        here = onward.get(here, "")
    return way if here == first else []
