"""How often one client may do a thing: a bucket per client, and a bound on how many clients are remembered."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from services.shared.clock import Clock

MINUTE_MS = 60_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
CLIENTS_MAX = 10_000


class RateLimit:
    """At most `at_once` at once, and on average as many in `window_ms`, a minute unless told otherwise.

    A full bucket refills evenly. The client seen longest ago is forgotten first when there are more than `clients_max`.
    """

    def __init__(
        self, clock: Clock, at_once: int, clients_max: int = CLIENTS_MAX, *, window_ms: int = MINUTE_MS
    ) -> None:
        self._clock = clock
        # In ns, as one of a thousand in a second costs less than a few ms can say.
        self._cost_ns = window_ms * NS_PER_MS // at_once
        self._window_ns = window_ms * NS_PER_MS
        self._clients_max = clients_max
        # Per client: what is spent, in ns of refilling, and when that was reckoned, in ms.
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, client: str) -> int:
        """Take one. Returns 0 when it was there, else the seconds until it will be (at least 1)."""
        wait_s = self.wait_s(client)
        if not wait_s:
            self._remember(client, (self._with_one_more_ns(client), self._clock.monotonic_ms()))
        return wait_s

    def wait_s(self, client: str) -> int:
        """What `take` would say, without taking one."""
        above_ns = self._with_one_more_ns(client) - self._window_ns
        return max(1, -(-above_ns // NS_PER_S)) if above_ns > 0 else 0

    def give_back(self, client: str) -> None:
        """Put back one that was taken for nothing."""
        if client in self._spent:
            spent_ns, at_ms = self._spent[client]
            self._spent[client] = (max(0, spent_ns - self._cost_ns), at_ms)

    def _with_one_more_ns(self, client: str) -> int:
        now_ms = self._clock.monotonic_ms()
        spent_ns, at_ms = self._spent.get(client, (0, now_ms))
        return max(0, spent_ns - (now_ms - at_ms) * NS_PER_MS) + self._cost_ns

    def _remember(self, client: str, spent: tuple[int, int]) -> None:
        self._spent[client] = spent
        self._spent.move_to_end(client)
        while len(self._spent) > self._clients_max:
            self._spent.popitem(last=False)


def network_of(host: str) -> str:
    """What counts as one client: an IPv4 address, or the 64-bit network that one IPv6 customer gets."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> 64)
    return str(address)
