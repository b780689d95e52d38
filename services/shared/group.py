"""The port to a group: processes that share work, of which one divides it among all that are there.

A group only proposes. What it says may be late, and two processes may believe the same for a while: whoever acts on it
needs something else that decides (for the router that is the log).
"""

from collections.abc import Mapping
from typing import Protocol


class Member(Protocol):
    """What a process is to the group; none of these may wait for anything or fail."""

    def offer(self) -> bytes:
        """What the one who divides has to know of this process."""
        ...

    def share(self, offers: Mapping[str, bytes]) -> dict[str, bytes]:
        """Divide among the members by what they offer: a share for each. Called at one of them."""
        ...

    def given(self, share: bytes | None) -> None:
        """This process's share; None: it has none (any more), as the group has not heard of it for too long."""
        ...


class Group(Protocol):
    """One process's membership."""

    async def run(self, member: Member) -> None:
        """Belong to it until cancelled, or until `leave`."""
        ...

    def divide_anew(self) -> None:
        """What this process offers has changed: have the work divided again, soon."""
        ...

    async def leave(self) -> None:
        """Tell the others now instead of having them find out; what this process had it has no more."""
        ...


class LoneGroup:
    """A group of one, who has everything: where there is but one process."""

    async def run(self, member: Member) -> None:
        member.given(member.share({"alone": member.offer()})["alone"])

    def divide_anew(self) -> None:
        """It would come out the same."""

    async def leave(self) -> None:
        """There is nobody to be told."""
