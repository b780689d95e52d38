"""What a router tells at /metrics."""

from prometheus_client import Counter, Gauge

OWNED = Gauge("switchroom_router_partitions_owned", "Partitions that this router decides for")
FOLLOWED = Gauge("switchroom_router_partitions_followed", "Partitions that this router follows, its own among them")
CLAIMED = Counter("switchroom_router_takeovers_total", "Partitions that became this router's to decide for")
DEPOSED = Counter("switchroom_router_deposed_total", "Partitions that another router took over from this one")
FORWARDED = Counter("switchroom_router_forwarded_total", "Calls and streams handed on to the router that decides")
