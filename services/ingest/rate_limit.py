"""How often one client may do a thing: a bucket per client, and a bound on how many clients are remembered."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from services.shared.clock import Clock

MINUTE_MS = 60_000
CLIENTS_MAX = 10_000


class RateLimit:
    """At most `at_once` at once, and on average as many in `window_ms`, a minute unless told otherwise.

    A full bucket refills evenly. The client seen longest ago is forgotten first when there are more than `clients_max`.
    """

    def __init__(
        self, clock: Clock, at_once: int, clients_max: int = CLIENTS_MAX, *, window_ms: int = MINUTE_MS
    ) -> None:
        self._clock = clock
        self._cost_ms = window_ms // at_once
        self._window_ms = window_ms
        self._clients_max = clients_max
        # Per client: what is spent, in ms of refilling, and when that was reckoned.
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, client: str) -> int:
        """Take one. Returns 0 when it was there, else the seconds until it will be (at least 1)."""
        now_ms = self._clock.monotonic_ms()
        spent_ms, at_ms = self._spent.get(client, (0, now_ms))
        spent_ms = max(0, spent_ms - (now_ms - at_ms)) + self._cost_ms
        if spent_ms > self._window_ms:
            return max(1, -(-(spent_ms - self._window_ms) // 1000))
        self._remember(client, (spent_ms, now_ms))
        return 0

    def give_back(self, client: str) -> None:
        """Put back one that was taken for nothing."""
        if client in self._spent:
            spent_ms, at_ms = self._spent[client]
            self._spent[client] = (max(0, spent_ms - self._cost_ms), at_ms)

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
