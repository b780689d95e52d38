"""The auditor's view of a contact's way before somebody has it: where it was sent, for whom it is kept, which steps."""

from collections import Counter, defaultdict

from services.plan.compiled import Channel, Route, Share, Step
from services.router.core import events as said
from tests.simulation.core_books import Book, Complaint, Ledger, Rules, must
from tests.simulation.core_places import check_goes_on

MILLION = 1_000_000
# Of priorities.
HIGHEST = 100


class Way:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        # The agent of each customer's newest contact that an agent completed, with that contact's number.
        self._served: dict[tuple[str, str], Book] = {}
        self._served_by: dict[str, str] = {}
        # Of each entry point: who served its contacts lately, and where they went.
        self._went: dict[str, tuple[tuple[Share, ...], list[str]]] = {}
        # Of a million, how many a queue's agents took in time, lately.
        self.on_time: defaultdict[str, int] = defaultdict(lambda: MILLION)

    # Where it was sent

    def check_start(self, event: said.ContactQueued, book: Book, at_ms: int) -> None:
        """The contact was just sent on its way by its entry point, or goes on where another was."""
        if book.place_of is not None:
            self.restart(event.entry_point)
            check_goes_on(event, book, book.place_of)
            return
        route = self._ledger.plan.routes[event.entry_point]
        self._check_spread(event, book, route)
        name, until_ms = self._kept_for(book, route, at_ms)
        must((event.preferred, event.preferred_until_ms) == (name, until_ms), f"{book.id} should be kept for {name!r}")

    def _check_spread(self, event: said.ContactQueued, book: Book, route: Route) -> None:
        """With nobody anywhere to the route's own queue, else in turn by shares, or where somebody is free."""
        queue, served = book.queue, []
        free = set()
        for share in route.spread:
            book.queue = share.queue
            able = self._ledger.able_on_duty(book)
            if share.queue in self._ledger.plan.queues and able:
                served.append(share)
            if any(self._ledger.has_room(self._ledger.people[name], book.channel) for name in able):
                free.add(share.queue)
        book.queue = queue
        if not served or route.spread_by == "expected_wait":
            self.restart(event.entry_point)
        if not served:
            must(queue == route.queue, f"{book.id} was spread to where nobody is")
        elif route.spread_by == "expected_wait":
            firsts = [share.queue for share in served if share.queue in free]
            must(not firsts or queue == firsts[0], f"{book.id} was spread to {queue} while {firsts} have somebody free")
        else:
            self._check_shares(event.entry_point, book, tuple(served))

    def _check_shares(self, way: str, book: Book, served: tuple[Share, ...]) -> None:
        """While the same are there to serve them, as many one after the other as there are parts keep the shares."""
        before, went = self._went.get(way, ((), []))
        if before != served:
            went = []
        self._went[way] = (served, [*went, book.queue])
        parts = sum(share.share for share in served)
        last = Counter([*went, book.queue][-parts:])
        kept = len(went) + 1 < parts or last == Counter({share.queue: share.share for share in served})
        must(kept and book.queue in {share.queue for share in served}, f"{book.id} was spread out of turn")

    def restart(self, way: str = "") -> None:
        """Contacts of that way, or of all, are counted anew."""
        self._went = {each: went for each, went in self._went.items() if way and each != way}

    def _kept_for(self, book: Book, route: Route, at_ms: int) -> tuple[str, int]:
        sticky_ms = self._ledger.plan.queues[book.queue].sticky_ms
        for name, patience_ms in ((route.agent, route.patience_ms), (self._knows(book), sticky_ms)):
            if patience_ms and name in self._ledger.able_on_duty(book):
                return name, at_ms + patience_ms
        return "", 0

    def _knows(self, book: Book) -> str:
        if book.before in self._ledger.books:
            before = self._ledger.books[book.before]
            return self._served_by.get(book.before, before.agent)
        newest = self._served.get((book.company, book.customer)) if book.customer else None
        return self._served_by[newest.id] if newest else ""

    def ended(self, event: said.ContactEnded, book: Book, at_ms: int) -> None:
        """Before the books say so."""
        if str(event.outcome) == "callback":
            must(self._ledger.books[event.joined_contact_id].where != "ended", f"{book.id}: nobody will call back")
        self._served_by[book.id] = event.agent
        queue = self._ledger.plan.queues.get(book.queue)
        if str(event.outcome) == "abandoned" and at_ms - book.queued_ms > (queue.service_level_ms if queue else 0):
            self.on_time[book.queue] += -self.on_time[book.queue] // 32
        if str(event.outcome) == "completed" and book.customer:
            self._served[book.company, book.customer] = book

    def forgotten(self, book: Book) -> None:
        self._served_by.pop(book.id, None)
        if self._served.get((book.company, book.customer)) is book:
            del self._served[book.company, book.customer]

    def accepted(self, book: Book, at_ms: int) -> None:
        if book.about is not None:
            return
        queue = self._ledger.plan.queues.get(book.queue)
        in_time = at_ms - book.queued_ms <= (queue.service_level_ms if queue else 0)
        self.on_time[book.queue] += (MILLION * in_time - self.on_time[book.queue]) // 32

    # Steps

    def check_step(self, event: said.StepTaken, book: Book, at_ms: int) -> Step:
        """A step is taken for a reason, once, and does what it says."""
        must(event.step not in book.steps, "a step taken twice")
        route = self._ledger.plan.route(book)
        must(route is not None and event.step < len(route.steps), "a step that is not in the plan")
        assert route is not None
        step = route.steps[event.step]
        must(at_ms >= book.routed_ms + step.after_ms, "a step taken too early")
        must(not (step.divert and book.place_of), "who was promised a call is sent away")
        must(self._holds(step, book), f"{book.id}: step {event.step} was taken without a reason: {event.because}")
        needs = {skill: level for skill, level in book.needs.items() if skill not in step.drop_skills}
        needs |= {each.skill: each.level for each in step.skills if each.skill in needs}
        must({each.skill: each.level for each in event.skills} == needs, "a step changed other skills")
        must(
            event.priority == min(book.priority + step.raise_priority, HIGHEST), "a step raised the priority otherwise"
        )
        must(set(event.groups) == {*book.more_groups, *step.add_groups}, "a step added other groups")
        return step

    def plan_changed(self, before: Rules, after: Rules) -> None:
        """What was taken is known by what it is, or else by where it stands; that of a way that is gone stays."""
        for book in self._ledger.open.values():
            old, new = before.routes.get(book.way), after.routes.get(book.way)
            if old and new and old.steps != new.steps:
                places = _places(old.steps, new.steps)
                book.steps = [places[number] for number in book.steps if number in places]

    def check_none_is_due(self, at_ms: int) -> None:
        """Whatever step holds for somebody who waits has been taken; who is to be told again has been."""
        self._check_announced(at_ms)
        steps = self._ledger.plan.steps
        if not steps:
            return
        for book in self._ledger.waiting.values():
            for number, step in enumerate(steps.get(book.way, ())):
                if not step.every_ms if number in book.steps else at_ms < book.routed_ms + step.after_ms:
                    continue  # the usual cases: it was taken once for all, or is ahead
                if self._is_due(book, number, step, at_ms):
                    raise Complaint(f"{book.id}: step {number} holds and is not taken, or should have been taken again")

    def _check_announced(self, at_ms: int) -> None:
        pauses_ms = self._ledger.plan.told_each_ms
        for book in self._ledger.waiting.values() if pauses_ms else ():
            if book.channel is not Channel.VOICE or book.about is not None or book.queue not in pauses_ms:
                continue
            if at_ms >= max(book.told_ms, book.queued_ms) + pauses_ms[book.queue]:
                raise Complaint(f"{book.id}: its caller should have been told the place anew")

    def _is_due(self, book: Book, number: int, step: Step, at_ms: int) -> bool:
        if number in book.steps:
            return step.tell and 0 < step.every_ms <= at_ms - book.told_ms
        if step.divert and book.place_of:
            return False
        if at_ms < book.routed_ms + step.after_ms or step.expected_wait_over_ms:
            return False
        return self._holds(step, book)

    def _holds(self, step: Step, book: Book) -> bool:
        """As far as the auditor can tell: it knows no expected waits."""
        return (
            (not step.depth_over or self._ledger.depth[book.queue] > step.depth_over)
            and (not step.service_level_under or self.on_time[book.queue] // 10_000 < step.service_level_under)
            and (not step.nobody_on_duty or not self._ledger.able_and_available(book))
        )


def _places(before: tuple[Step, ...], after: tuple[Step, ...]) -> dict[int, int]:
    """Where each step stands now: first those that are there still, then those whose place another has taken."""
    places: dict[int, int] = {}
    for number, step in enumerate(before):
        now = [place for place, other in enumerate(after) if other == step and place not in places.values()]
        if now:
            places[number] = now[0]
    for number in range(min(len(before), len(after))):
        if number not in places and number not in places.values():
            places[number] = number
    return places
