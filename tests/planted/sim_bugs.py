"""Bugs that the simulator of the router's core has to find within 200 seeds, planted one by one.

As in `planted_bugs.py`, `old` stands exactly once in the file.
"""

from tests.planted.planted_bugs import CORE, FENCE, PlantedBug

ROUTER = "services/router"


def _bug(name: str, file: str, old: str, new: str) -> PlantedBug:
    return PlantedBug(name, file, old, new, ())


BUGS_OF_COMMITS = (
    _bug(
        "a batch of an old epoch stops the log", FENCE, "if batch.epoch < at.epoch:", "if batch.epoch < at.epoch - 1:"
    ),
    _bug("a batch counts twice", FENCE, "if batch.seq != at.seq + 1:", "if batch.seq > at.seq + 1:"),
    _bug(
        "what was decided and did not count stays in the state",
        f"{ROUTER}/speculation.py",
        "self.state.undo()",
        "self.state.keep()",
    ),
    _bug(
        "answers are not remembered",
        f"{ROUTER}/partition_state.py",
        "elif command.id and command.outcome is not None:",
        "elif command.id and command.outcome is None:",
    ),
    _bug(
        "what came in twice is decided twice",
        f"{ROUTER}/batch.py",
        "if request.contact_id and was_seen(tenant, request.id):",
        "if request.contact_id and was_seen(tenant, request.tenant):",
    ),
    _bug(
        "a snapshot is off by one",
        f"{CORE}/table.py",
        '        self._ends["next"] = next_number\n',
        '        self._ends["next"] = next_number + 1\n',
    ),
    _bug(
        "a timer that was undone is lost",
        f"{CORE}/state.py",
        "        self.agenda.note_all(self.contact_timers.keys_among(undone), self.agent_timers.keys_among(undone))\n",
        "",
    ),
    _bug(
        "an answer leaves before its commit stands in the log",
        f"{ROUTER}/batch.py",
        "        self.answers.append((request, outcome))\n",
        "        self.answers.append((request, outcome))\n        _answer(request, outcome).tell(Position(0, 0))\n",
    ),
    _bug(
        "a timer that is over stays armed",
        f"{CORE}/keep.py",
        "        timers.drop(id)\n",
        "        pass\n",
    ),
    _bug(
        "a timer that moves keeps its time",
        f"{CORE}/keep.py",
        "    if due == armed:\n",
        "    if armed or not due:\n",
    ),
    _bug(
        "who was offered something before a takeover is blamed for it",
        f"{CORE}/apply_agent.py",
        "changed(offer, carried=True, held_for",
        "changed(offer, held_for",
    ),
    _bug(
        "an offer that was live at a takeover lapses within the grace",
        f"{CORE}/decide_tenant.py",
        "max(offer.deadline_ms, grace_until_ms)",
        "offer.deadline_ms",
    ),
)

BUGS_OF_CHOICE = (
    _bug("a desk holds one too many", f"{CORE}/rooms.py", "else load + needed <= units", "else load < units"),
    _bug(
        "a call interrupts an offer",
        f"{CORE}/rooms.py",
        "interrupts and rule.interruptible and item.status is not OFFERED",
        "interrupts and rule.interruptible",
    ),
    _bug(
        "who comes back is last in line",
        f"{CORE}/apply_offer.py",
        "        passed_by=passed_by,\n    )",
        "        passed_by=passed_by,\n        arrived_at_ms=at_ms,\n    )",
    ),
    _bug(
        "a decline is forgotten",
        f"{CORE}/apply_offer.py",
        "if event.because is OfferEnd.DECLINED:",
        "if event.because is OfferEnd.WITHDRAWN:",
    ),
    _bug(
        "yesterday's answers count today",
        f"{CORE}/figures.py",
        '{"answered": 0, "duty_ms": 0, "busy_ms": 0} | changes',
        '{"duty_ms": 0, "busy_ms": 0} | changes',
    ),
    _bug(
        "idle time counts as work",
        f"{CORE}/figures.py",
        "agent.busy_ms + passed_ms * is_busy",
        "agent.busy_ms + passed_ms",
    ),
    _bug(
        "who moves to another line stays at the front of the old one",
        f"{CORE}/line_up.py",
        "            left.leave(stood.id)\n",
        "            pass\n",
    ),
    _bug("the first to leave frees nobody", f"{CORE}/matching.py", "if changes.somebody_left:", "if False:"),
    _bug(
        "who is able is asked of the old staff",
        f"{CORE}/index.py",
        "        line = self._line(contact)  # first: it may bring a new staff\n"
        "        return self._staff.is_of(line.crews,",
        "        return self._staff.is_of(self._line(contact).crews,",
    ),
    _bug(
        "the customer's agent of long ago comes first",
        f"{CORE}/served.py",
        ".ended_number < contact.ended_number",
        ".ended_number > contact.ended_number",
    ),
    _bug(
        "who is known comes before who is named",
        f"{CORE}/waiting_room.py",
        "if route.patience_ms and _may_have(",
        "if route.patience_ms and not sticky_ms and _may_have(",
    ),
    _bug(
        "who is too small for the channel counts as somebody who could take it",
        f"{CORE}/crews.py",
        "if profile.units >= units)",
        "if profile.units)",
    ),
    _bug("shares run over", f"{CORE}/waiting_room.py", "if part < end)", "if part <= end)"),
)

BUGS_OF_STEPS = (
    _bug(
        "steps count from the last queue",
        f"{CORE}/steps.py",
        "return contact.routed_at_ms + step.after_ms",
        "return contact.queued_at_ms + step.after_ms",
    ),
    _bug("as many as the bound are over it", f"{CORE}/steps.py", "if value > most", "if value >= most"),
    _bug(
        "a step raises no priority",
        f"{CORE}/decide_steps.py",
        "contact.priority + step.raise_priority",
        "contact.priority",
    ),
    _bug(
        "a step that was taken stays open",
        f"{CORE}/apply_step.py",
        "if step != event.step)",
        "if step == event.step)",
    ),
    _bug(
        "the last agent who leaves takes no step",
        f"{CORE}/draft.py",
        "self.changes.somebody_left = self.anybody_left = True",
        "self.changes.somebody_left = True",
    ),
    _bug(
        "nobody there is looked at only when somebody leaves",
        f"{CORE}/decide_steps.py",
        "if step.nobody_on_duty and not other_conditions and not anybody_left:",
        "if step.nobody_on_duty and not anybody_left:",
    ),
    _bug(
        "a step that leads to another queue ends the look at open ones",
        f"{CORE}/decide.py",
        "        take_open_steps(draft, events_max)\n",
        "        take_open_steps(draft, events_max)\n        draft.anybody_left = False\n",
    ),
    _bug(
        "a step raises the priority without end",
        f"{CORE}/decide_steps.py",
        "min(contact.priority + step.raise_priority, PRIORITY_MAX)",
        "contact.priority + step.raise_priority",
    ),
    _bug(
        "a new plan forgets which steps were taken",
        f"{CORE}/apply_agent.py",
        "    numbers = renumbered(before.steps, after.steps)\n",
        "    numbers = renumbered(before.steps, ())\n",
    ),
    _bug(
        "every place waits for as long",
        f"{CORE}/expected_wait.py",
        "place * handling_ms,",
        "handling_ms,",
    ),
    _bug(
        "a place in the queue is given away and kept",
        f"{CORE}/decide_place.py",
        '    draft.add(ContactEnded(original.id, ContactOutcome.CALLBACK, "", "", contact_id))\n',
        "",
    ),
    _bug(
        "who was promised a call is sent away",
        f"{CORE}/steps.py",
        "return step.divert is not None and bool(contact.keeps_place_of)",
        "return False",
    ),
)

SIM_BUGS = (*BUGS_OF_COMMITS, *BUGS_OF_CHOICE, *BUGS_OF_STEPS)
