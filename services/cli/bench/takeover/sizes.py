"""How much `bench takeover` does, short and in full."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """Contacts and those who take them. Tenants are spread evenly over the partitions."""

    partitions: int = 12
    tenants_each: int = 2
    agents_each: int = 8
    contacts_per_s: int = 24
    # One in so many is delivered twice, under the same id.
    redelivered: int = 20

    @property
    def tenants(self) -> int:
        return self.partitions * self.tenants_each


@dataclass(frozen=True, slots=True)
class Effort:
    """Faults, and how many contacts come at least: the load goes on after the last fault until there are as many."""

    kills: int
    zombies: int
    restarts: int
    contacts: int
    routers: int = 3
    brokers: int = 3
    load: Load = field(default_factory=Load)
    seed: int = 1


SHORT = Effort(kills=20, zombies=5, restarts=3, contacts=5_000)
FULL = Effort(kills=200, zombies=50, restarts=20, contacts=50_000, load=Load(contacts_per_s=18))
