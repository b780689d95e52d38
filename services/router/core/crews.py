"""Agents by what they are able to do: those who are able to do the same are a crew, and crews are found by bit masks.

A mask is an integer with a bit for each crew. What a contact asks for is matched with crews once, by a few ANDs, and
not with agents at each decision.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from services.plan.compiled import AgentProfile, Queue, SkillLevel

LEVELS = range(1, 11)

Ability = tuple[tuple[SkillLevel, ...], tuple[str, ...], tuple[str, ...], str, int]


def ability_of(profile: AgentProfile) -> Ability:
    """What decides which contacts an agent may take, and how many at once."""
    return profile.skills, profile.groups, profile.companies, profile.site, profile.units


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Crews:
    """The crews of a roster."""

    def __init__(self, profiles: Iterable[AgentProfile]) -> None:
        self._numbers: dict[Ability, int] = {}
        self.profiles: list[AgentProfile] = []
        self._companies: defaultdict[str, int] = defaultdict(int)
        self._groups: defaultdict[str, int] = defaultdict(int)
        self._sites: defaultdict[str, int] = defaultdict(int)
        self._skilled: defaultdict[tuple[str, int], int] = defaultdict(int)
        # By units: the crews that can have as many at once, worked out when asked for.
        self._sizes: dict[int, int] = {}
        for profile in profiles:
            if ability_of(profile) not in self._numbers:
                self._add(profile)

    def __len__(self) -> int:
        return len(self.profiles)

    def number_of(self, profile: AgentProfile) -> int | None:
        """The crew of such an agent; None if there is none yet."""
        return self._numbers.get(ability_of(profile))

    def serving(self, queue: Queue, groups: tuple[str, ...]) -> int:
        """The crews that serve the queue, or are of one of these groups."""
        serving = self._any(self._groups, queue.groups) if queue.groups else self._companies.get(queue.company, 0)
        if queue.site:
            serving &= self._sites.get(queue.site, 0)
        return serving | self._any(self._groups, groups)

    def able(
        self, queue: Queue, groups: tuple[str, ...], company: str, skills: tuple[SkillLevel, ...], units: int
    ) -> int:
        """Those of them that serve the company, have the skills, and can have so many units at once."""
        able = self.serving(queue, groups) & self._companies.get(company, 0)
        able &= self._of_size(units)
        for needed in skills:
            able &= self._skilled.get((needed.skill, needed.level), 0)
        return able

    def _of_size(self, units: int) -> int:
        if units not in self._sizes:
            large = (number for number, profile in enumerate(self.profiles) if profile.units >= units)
            self._sizes[units] = sum(1 << number for number in large)
        return self._sizes[units]

    def _add(self, profile: AgentProfile) -> None:
        bit = 1 << len(self.profiles)
        self._numbers[ability_of(profile)] = len(self.profiles)
        self.profiles.append(profile)
        self._sites[profile.site] |= bit
        for company in profile.companies:
            self._companies[company] |= bit
        for group in profile.groups:
            self._groups[group] |= bit
        for has in profile.skills:
            for level in LEVELS[: has.level]:
                self._skilled[has.skill, level] |= bit

    @staticmethod
    def _any(masks: defaultdict[str, int], names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= masks.get(name, 0)
        return found
