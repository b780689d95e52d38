"""The judgement of a whole run: router.log against itself, against contacts.inbound, and against what agents saw."""

from collections.abc import Iterable, Mapping, Sequence

from services.cli.bench.takeover.committed import Claim, Commit, ContactKey
from services.cli.bench.takeover.contact_audit import ContactAudit
from services.cli.bench.takeover.order_audit import OrderAudit
from services.cli.bench.takeover.seen import Seen, SeenOffer
from services.cli.bench.takeover.violation import Rule, Violations


class Audit:
    """Take partition by partition, then `finish`."""

    def __init__(self) -> None:
        self.violations = Violations()
        self.contacts = ContactAudit(self.violations)
        self.claims: list[Claim] = []
        self._epochs: dict[tuple[int, int], int] = {}

    def partition(self, commits: Iterable[Commit], claims: Iterable[Claim], inbound: Sequence[tuple[str, str]]) -> None:
        """All of one partition, in order."""
        order = OrderAudit(inbound, self.violations)
        for commit in commits:
            order.take(commit)
            self._epochs[commit.partition, commit.offset] = commit.epoch
            for command in commit.commands:
                for happened in command.happened:
                    self.contacts.take(command.tenant, happened)
        order.finish()
        self.claims.extend(claims)

    def finish(self, acknowledged: Mapping[ContactKey, int], seen: Seen) -> None:
        """Every acknowledged contact is there and has ended, and what agents saw and were told is in the log."""
        note_each = self.violations.note_each
        note_each(Rule.LOST, acknowledged.keys() - self.contacts.begun, "was acknowledged, and is not in the log")
        note_each(Rule.UNFINISHED, self.contacts.begun - self.contacts.ended.keys(), "has not ended")
        for offer in seen.offers.values():
            self._check_seen(offer)
        note_each(Rule.NOT_IN_LOG, seen.accepted - self.contacts.accepts, "was told as accepted, and is not in the log")
        for key, agent in seen.completed.items():
            if self.contacts.ended.get(key) != agent:
                self.violations.note(Rule.NOT_IN_LOG, f"{key} was told as completed by {agent}, and is not in the log")

    def _check_seen(self, offer: SeenOffer) -> None:
        if (offer.key, offer.agent, offer.offer_id) not in self.contacts.offers:
            self.violations.note(Rule.NOT_IN_LOG, f"{offer} was seen, and is not in the log")
        # A router that claims anew while it owns tells of older commits under its newer epoch.
        elif not 0 < self._epochs.get((offer.partition, offer.offset), 0) <= offer.epoch:
            self.violations.note(Rule.NOT_IN_LOG, f"{offer} came with a place in the log where no such batch counts")
