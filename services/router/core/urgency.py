"""Who comes first among all that waits: whoever has waited longest, where priority and value count as waiting.

Ageing is linear, so a contact's place never changes while it waits: it is worked out once. A contact is never overtaken
by one that arrives later than it by more than the difference of their points; `overtaken_for_ms` is that bound for
points of priority. What a whole plan allows, with values, deadlines, depths and steps, is worked out in
`services/plan/overtaking.py`; where queues gain by expected waits there is no bound between them.
"""

from services.plan.compiled import DEPTH_MAX, Queue, Urgency
from services.router.core.expected_wait import queue_wait_ms
from services.router.core.records import Contact
from services.router.core.tables import Tables


def place_ms(urgency: Urgency, queue: Queue | None, contact: Contact) -> int:
    """When the contact would have arrived to stand where it does without points; the lower comes first."""
    place = contact.arrived_at_ms - contact.priority * urgency.priority_ms - contact.value * urgency.value_ms
    return place + queue.service_level_ms if urgency.by_deadline and queue else place


def bonus_ms(state: Tables, queue: str, on_duty: int) -> int:
    """What all that wait in the queue gain on those of other queues: by how many they are, and how long they will wait.

    `on_duty` are the agents on duty who serve the queue.
    """
    urgency = state.urgency
    depth = min(state.depth(queue), DEPTH_MAX)
    wait_ms = queue_wait_ms(state, queue, on_duty) if urgency.expected_wait_permille else 0
    return depth * urgency.depth_ms + wait_ms * urgency.expected_wait_permille // 1000


def overtaken_for_ms(urgency: Urgency, points: int) -> int:
    """How much later another may have arrived and still come first, with so many points of priority more."""
    return points * urgency.priority_ms
