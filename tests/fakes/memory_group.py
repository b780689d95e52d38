"""A group in memory: each change of who belongs to it divides anew, and everybody is told, some later than others."""

import asyncio
from collections.abc import Callable

from services.shared.group import Member


def _at_once() -> float:
    return 0.0


class MemoryGroups:
    """What the members have in common. `delay_s()` is how long one member's share is on its way."""

    def __init__(self, delay_s: Callable[[], float] = _at_once) -> None:
        self._delay_s = delay_s
        self._members: dict[str, Member] = {}
        self._joined = 0
        self._generation = 0

    def group(self) -> "MemoryGroup":
        """One process's membership."""
        return MemoryGroup(self)

    def join(self, member: Member) -> str:
        self._joined += 1
        name = f"member-{self._joined}"
        self._members[name] = member
        self.divide()
        return name

    def leave(self, name: str) -> None:
        if self._members.pop(name, None) is not None:
            self.divide()

    def divide(self) -> None:
        """As the group does whenever who belongs to it has changed."""
        self._generation += 1
        if not self._members:
            return
        offers = {name: member.offer() for name, member in self._members.items()}
        shares = next(iter(self._members.values())).share(offers)
        for name, share in shares.items():
            asyncio.get_running_loop().call_later(self._delay_s(), self._give, self._generation, name, share)

    def _give(self, generation: int, name: str, share: bytes) -> None:
        if generation == self._generation and name in self._members:
            self._members[name].given(share)


class MemoryGroup:
    """A `Group`. `crash` and `lapse` are what happens to a process that the group no longer hears of."""

    def __init__(self, groups: MemoryGroups) -> None:
        self._groups = groups
        self._member: Member | None = None
        self._name = ""
        self._over = asyncio.Event()

    async def run(self, member: Member) -> None:
        self._member = member
        self._name = self._groups.join(member)
        try:
            await self._over.wait()
        finally:
            self._groups.leave(self._name)

    def divide_anew(self) -> None:
        self._groups.divide()

    async def leave(self) -> None:
        if self._member is not None:
            self._member.given(None)
        self._groups.leave(self._name)
        self._over.set()

    def join_again(self) -> None:
        """After `lapse`: they hear of one another once more."""
        if self._member is not None and not self._over.is_set():
            self._name = self._groups.join(self._member)

    def lapse(self) -> None:
        """The group does not hear of it any more, nor it of the group."""
        if self._member is not None:
            self._member.given(None)
        self._groups.leave(self._name)
