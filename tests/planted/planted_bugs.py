"""Bugs that a person could make in the fold, in ownership, in the core and in calls, and the tests that must find each.

`old` stands exactly once in the file; a bug whose `old` is gone is stale, and its row is to be written anew.
"""

from dataclasses import dataclass

FENCE = "services/shared/fence.py"
LOG_CODEC = "services/shared/log_codec.py"
OWNER = "services/router/owner.py"
CORE = "services/router/core"

VOICE = "services/ingest/voice"

OF_FENCE = ("tests/unit/shared/test_fence.py",)
OF_LOG_CODEC = ("tests/unit/shared/test_log_codec.py",)
OF_OWNER = ("tests/unit/router/test_owner.py",)
OF_GOLDEN_LOGS = ("tests/contract/test_golden.py",)
OF_IDENTITY = ("tests/unit/cli/bench/test_identical.py",)


def of_core(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/unit/router/core/test_{name}.py" for name in names)


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """One bug: `new` in the place of `old`, and the tests of which at least one must fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


OF_CALLS = ("tests/simulation/test_carrier_callbacks.py",)
OF_WARM_TRANSFERS = ("tests/unit/ingest/voice/test_warm_transfers.py",)

BUGS_OF_THE_FOLD = (
    PlantedBug(
        "the fold judges the digest before the seq",
        FENCE,
        "        if batch.seq != at.seq + 1:\n",
        "        if batch.prev_digest != at.digest:\n"
        '            raise self.stop(at.offset, "another history")\n'
        "        if batch.seq != at.seq + 1:\n",
        OF_FENCE,
    ),
    PlantedBug(
        "of two barriers of one epoch the last wins",
        FENCE,
        "if barrier.epoch <= at.epoch:",
        "if barrier.epoch < at.epoch:",
        OF_FENCE,
    ),
    PlantedBug(
        "a barrier of any higher epoch is accepted",
        FENCE,
        "if barrier.epoch > at.epoch + 1:",
        "if barrier.epoch < at.epoch + 1:",
        OF_FENCE,
    ),
    PlantedBug(
        "a batch that leaves a seq out is accepted",
        FENCE,
        "if batch.seq != at.seq + 1:",
        "if batch.seq <= at.seq:",
        OF_FENCE,
    ),
    PlantedBug(
        "a new claim goes on with the seq of the old one",
        FENCE,
        "Checkpoint(barrier.epoch, barrier.claim_id, 0, at.digest, at.offset, at.format)",
        "Checkpoint(barrier.epoch, barrier.claim_id, at.seq, at.digest, at.offset, at.format)",
        OF_FENCE,
    ),
    PlantedBug(
        "before the first barrier the empty claim is somebody's",
        FENCE,
        "if batch.claim_id != at.claim_id or not at.claim_id:",
        "if batch.claim_id != at.claim_id:",
        OF_FENCE,
    ),
    PlantedBug(
        "the chain leaves the format out",
        FENCE,
        'sha256(digest + format.to_bytes(4, "big") + decided)',
        "sha256(digest + decided)",
        OF_FENCE,
    ),
    PlantedBug(
        "a record that cannot be read does not stop the fold",
        LOG_CODEC,
        "raise fence.stop(record.offset, str(error)) from None",
        "raise",
        OF_LOG_CODEC,
    ),
    PlantedBug(
        "an envelope is larger than what is reckoned with",
        LOG_CODEC,
        "ENVELOPE_BYTES_MAX = 128",
        "ENVELOPE_BYTES_MAX = 64",
        OF_LOG_CODEC,
    ),
)

BUGS_OF_OWNERSHIP = (
    PlantedBug(
        "a dropped barrier counts as another's claim",
        OWNER,
        "if verdict is Verdict.DROPPED:",
        "if verdict is Verdict.DROPPED and isinstance(envelope, Batch):",
        OF_OWNER,
    ),
    PlantedBug(
        "an open batch is appended behind a barrier that was not read back",
        OWNER,
        "if self._flight is not None and self._flight.stage is _Stage.DUE:",
        "if self._flight is not None and self._flight.stage is not _Stage.SENT:",
        OF_OWNER,
    ),
    PlantedBug(
        "a batch whose append failed is appended again under the same claim",
        OWNER,
        "self._flight.stage = _Stage.OPEN",
        "self._flight.stage = _Stage.DUE",
        OF_OWNER,
    ),
    PlantedBug(
        "effects leave after another's barrier",
        OWNER,
        "deposed = owned or pending is not None",
        "deposed = pending is not None",
        OF_OWNER,
    ),
    PlantedBug(
        "a batch in flight lives through another's barrier",
        OWNER,
        "        self._flight = None\n        self._release_until_ms = 0\n",
        "        self._release_until_ms = 0\n",
        OF_OWNER,
    ),
    PlantedBug(
        "what was released before another's barrier may leave after it",
        OWNER,
        "        self._flight = None\n        self._release_until_ms = 0\n",
        "        self._flight = None\n",
        OF_OWNER,
    ),
    PlantedBug(
        "who is deposed again waits no longer than before",
        OWNER,
        "BACK_OFF_MS << min(self._times, 10)",
        "BACK_OFF_MS << 1",
        OF_OWNER,
    ),
    PlantedBug(
        "a router claims before it has read to the end",
        OWNER,
        "self._claim_from is not None and self.checkpoint.offset >= self._claim_from",
        "self._claim_from is not None",
        OF_OWNER,
    ),
)

BUGS_OF_TAKING_CONTACTS = (
    PlantedBug(
        "offers are not part of the load",
        f"{CORE}/rooms.py",
        "load += rule.units",
        "load += rule.units * (item.status is not ContactStatus.OFFERED)",
        of_core("scan", "policies"),
    ),
    PlantedBug(
        "wrap-up is not part of the load",
        f"{CORE}/rooms.py",
        "load += rule.units",
        "load += rule.units * (item.status is not ContactStatus.WRAP_UP)",
        of_core("scan", "decide_work", "survivors"),
    ),
    PlantedBug(
        "a contact that comes back goes to the end of its queue",
        f"{CORE}/apply_offer.py",
        "        passed_by=passed_by,\n    )",
        "        passed_by=passed_by,\n        arrived_at_ms=at_ms,\n    )",
        of_core("decide_work"),
    ),
    PlantedBug(
        "priority is ignored",
        f"{CORE}/line_up.py",
        "place_ms = contact.arrived_at_ms + line.later_ms - errand.priority * priority_ms",
        "place_ms = contact.arrived_at_ms + line.later_ms",
        of_core("decide_contact", "order_of_waiting"),
    ),
    PlantedBug(
        "who comes with a lower number stands behind those who came before",
        f"{CORE}/row.py",
        "if self._in_turn and number <= self._last:",
        "if False:",
        of_core("row", "order_of_waiting"),
    ),
    PlantedBug(
        "a line that is known by an errand is known by whatever stands at its place in memory later",
        f"{CORE}/line_up.py",
        "self._line_known[id(errand)] = errand, line",
        "self._line_known[id(errand)] = None, line",
        of_core("record_of_parts"),
    ),
    PlantedBug(
        "who arrived in the same millisecond is served by id",
        f"{CORE}/lines.py",
        "return (place_ms << PLACE_SHIFT) + order",
        "return place_ms << PLACE_SHIFT",
        of_core("decide_contact"),
    ),
    PlantedBug(
        "a line gives its front out and tells the one before",
        f"{CORE}/lines.py",
        "                self._fronts[self.number] = first[0]\n                return self.front\n",
        "                return self.front\n",
        OF_IDENTITY,
    ),
    PlantedBug(
        "who stands apart from now on stays at the front",
        f"{CORE}/lines.py",
        "        self.doubt(contact.id)\n        if apart:\n",
        "        if apart:\n",
        OF_IDENTITY,
    ),
    PlantedBug(
        "a decline is forgotten",
        f"{CORE}/apply_offer.py",
        "passed_by = (*others, Pass(event.agent, at_ms + limits.DECLINE_LAPSES_MS))",
        "passed_by = others",
        of_core("decide_work"),
    ),
    PlantedBug(
        "equals go by the order of a dict",
        f"{CORE}/staff.py",
        "*sorted(agent.id for agent in agents)",
        "*(agent.id for agent in agents)",
        of_core("scan", "index"),
    ),
    PlantedBug(
        "an offer is accepted after its deadline",
        f"{CORE}/decide_work.py",
        "if contact.offer_id != command.offer_id or draft.at_ms >= contact.deadline_ms:",
        "if contact.offer_id != command.offer_id:",
        of_core("decide_work", "survivors"),
    ),
    PlantedBug(
        "a contact is transferred to another company",
        f"{CORE}/decide_work.py",
        "if queue is None or queue.company != contact.company:",
        "if queue is None:",
        of_core("decide_work"),
    ),
    PlantedBug(
        "any disposition will do",
        f"{CORE}/decide_work.py",
        'if command.disposition not in (known or ("",)):',
        "if not command.disposition and known:",
        of_core("decide_work"),
    ),
    PlantedBug(
        "a contact of another company can be cancelled",
        f"{CORE}/decide_contact.py",
        "if command.companies and contact.company not in command.companies:",
        "if command.companies is None:",
        of_core("decide_contact"),
    ),
    PlantedBug(
        "a tombstone is looked for when it is gone",
        f"{CORE}/decide_contact.py",
        "    elif left_before:\n",
        "    elif command.contact_id in draft.state.tombstones:\n",
        of_core("decide_contact"),
    ),
)

BUGS_OF_TIME_AND_MEMORY = (
    PlantedBug(
        "a timer that an earlier one disarmed fires",
        f"{CORE}/agenda.py",
        "if timers.get(due.id, NONE).get(due.kind) == due.due_ms:",
        "if due.due_ms:",
        of_core("agenda", "decide_work", "decide_agent"),
    ),
    PlantedBug(
        "a timer does not fire at the millisecond at which it is due",
        f"{CORE}/agenda.py",
        "due.due_ms <= at_ms",
        "due.due_ms < at_ms",
        of_core("decide_work", "agenda"),
    ),
    PlantedBug(
        "wrap-up never ends by itself",
        f"{CORE}/timers.py",
        "    WRAP_UP: TimerKind.WRAP_UP,\n",
        "",
        of_core("decide_work"),
    ),
    PlantedBug(
        "a timer that is moved keeps its old time",
        f"{CORE}/keep.py",
        "    if due == armed:\n",
        "    if armed or not due:\n",
        of_core("decide_tenant", "decide_work"),
    ),
    PlantedBug(
        "a call is taken back from an agent who is gone",
        f"{CORE}/desk.py",
        "if item.status is ACTIVE and item.channel not in limits.CALLS",
        "if item.status is ACTIVE",
        of_core("decide_agent"),
    ),
    PlantedBug(
        "who was offered something before a takeover is not responding after it",
        f"{CORE}/apply_agent.py",
        "changed(offer, carried=True, held_for=agent.id,",
        "changed(offer, held_for=agent.id,",
        of_core("decide_tenant"),
    ),
    PlantedBug(
        "an offer found live at a takeover lapses within the grace",
        f"{CORE}/decide_tenant.py",
        "OfferCarried(offer.id, max(offer.deadline_ms, grace_until_ms))",
        "OfferCarried(offer.id, offer.deadline_ms)",
        of_core("decide_tenant"),
    ),
    PlantedBug(
        "answers are pruned at once",
        f"{CORE}/memory.py",
        "Remembered(command_id, at_ms + limits.ANSWER_KEPT_MS)",
        "Remembered(command_id, at_ms)",
        of_core("memory"),
    ),
    PlantedBug(
        "a retry overwrites the first answer",
        f"{CORE}/memory.py",
        "    if command_id in state.answers:\n        return\n    state.answers[command_id] = outcome\n",
        "    state.answers[command_id] = outcome\n",
        of_core("memory"),
    ),
    PlantedBug(
        "seen ids outlive their contact",
        f"{CORE}/apply_end.py",
        "    state.ended.remove(number)\n    drop_seen(state, contact_id)\n",
        "    state.ended.remove(number)\n",
        of_core("memory"),
    ),
    PlantedBug(
        "seen ids of a contact that came later are not kept with it",
        f"{CORE}/memory.py",
        "        if _is_known(state, contact_id):\n            _keep_with_contact(state, oldest.id, contact_id)\n"
        "        else:\n            del state.seen[oldest.id]\n",
        "        del state.seen[oldest.id]\n",
        of_core("memory"),
    ),
    PlantedBug(
        "a line that was restored gives a number twice",
        f"{CORE}/table.py",
        '        self._ends["next"] = next_number\n',
        '        self._ends["next"] = max(rows, default=-1) + 1\n',
        of_core("snapshot", "survivors"),
    ),
)

BUGS_OF_PLANS = (
    PlantedBug(
        "the IVR path is matched the wrong way round",
        f"{CORE}/route.py",
        "contact.ivr_path[: len(match.ivr_path)] == match.ivr_path",
        "match.ivr_path[: len(contact.ivr_path)] == contact.ivr_path",
        of_core("route"),
    ),
    PlantedBug(
        "hours are open at their end",
        f"{CORE}/route.py",
        "at_ms < hours.open[following - 1].until_ms",
        "at_ms <= hours.open[following - 1].until_ms",
        of_core("route"),
    ),
    PlantedBug(
        "en asks for every language that begins with en",
        f"{CORE}/route.py",
        'tag.startswith(each.lower() + "-")',
        "tag.startswith(each.lower())",
        of_core("route"),
    ),
    PlantedBug(
        "a new plan keeps the version of the one before",
        f"{CORE}/decide_tenant.py",
        "before.version + 1 if before else 1",
        "before.version if before else 1",
        of_core("decide_tenant"),
    ),
    PlantedBug(
        "a contact loses its priority with its queue",
        f"{CORE}/waiting_room.py",
        "skills=route.skills, groups=(), entry_point=DEFAULT",
        "skills=route.skills, priority=route.priority, groups=(), entry_point=DEFAULT",
        of_core("decide_tenant"),
    ),
)

BUGS_OF_CALLS = (
    PlantedBug(
        "silent calls are asked after, and nothing is made of the answer",
        f"{VOICE}/acts.py",
        "            if found.state.is_over:\n",
        "            if found.state.is_over and call.channel is None:\n",
        OF_CALLS,
    ),
    PlantedBug(
        "a transferred customer stays with the agent",
        f"{VOICE}/acts.py",
        "elif _is_with_the_wrong_agent(call, standing):",
        "elif not call.call_id:",
        # In the simulation the next agent's accept mends it.
        ("tests/unit/ingest/voice/test_acts.py",),
    ),
    PlantedBug(
        "that an agent's telephone was not answered is not told",
        f"{VOICE}/lounge.py",
        "        await self._around.reports.unanswered(line, offer_id, why)\n",
        "",
        ("tests/unit/ingest/voice/test_lounge.py",),
    ),
    PlantedBug(
        "a call is hung up by the agent, and nobody is told",
        f"{VOICE}/lounge.py",
        "            await self._around.reports.left(line, reason)\n",
        "            pass\n",
        # In the simulation the carrier is asked after it, and that mends it.
        ("tests/unit/ingest/voice/test_lounge.py",),
    ),
    PlantedBug(
        "a customer whose agent asks a colleague is not put on hold",
        f"{VOICE}/acts.py",
        "        elif standing.asked is not None and call.dialed_offer:\n",
        "        elif standing.asked is not None and not call.dialed_offer:\n",
        OF_WARM_TRANSFERS,
    ),
    PlantedBug(
        "an agents' conference outlives whoever leaves it",
        f"{VOICE}/twiml.py",
        "            end_conference_on_exit=True,\n",
        "            end_conference_on_exit=False,\n",
        OF_WARM_TRANSFERS,
    ),
    PlantedBug(
        "who asks and hangs up has hung up on the customer",
        f"{VOICE}/leg_endings.py",
        "                await reports.left(consultation, LeftReason.AGENT)\n",
        "                await reports.left(customer, LeftReason.AGENT)\n",
        OF_WARM_TRANSFERS,
    ),
    PlantedBug(
        "agents' telephones are not hung up when the call is over",
        f"{VOICE}/colleagues.py",
        "            await self._hang_up(leg)\n",
        "            pass\n",
        OF_WARM_TRANSFERS,
    ),
)

BUGS_OF_UPGRADES = (
    PlantedBug(
        "a batch of a lower format than is in force is accepted",
        FENCE,
        "if batch.format < at.format:",
        "if batch.format < OLDEST_FORMAT:",
        OF_FENCE,
    ),
    PlantedBug(
        "a claim lowers the format to what its writer had read",
        FENCE,
        "Checkpoint(barrier.epoch, barrier.claim_id, 0, at.digest, at.offset, at.format)",
        "Checkpoint(barrier.epoch, barrier.claim_id, 0, at.digest, at.offset, barrier.format)",
        OF_FENCE,
    ),
    PlantedBug(
        "who attaches counts as detached since the time of the event",
        f"{CORE}/apply_agent.py",
        "put_agent(state, changed(agent, attached=True, detached_at_ms=0))",
        "put_agent(state, changed(agent, attached=True, detached_at_ms=at_ms))",
        OF_GOLDEN_LOGS,
    ),
)

BUGS = (
    *BUGS_OF_THE_FOLD,
    *BUGS_OF_OWNERSHIP,
    *BUGS_OF_TAKING_CONTACTS,
    *BUGS_OF_TIME_AND_MEMORY,
    *BUGS_OF_PLANS,
    *BUGS_OF_CALLS,
    *BUGS_OF_UPGRADES,
)
