"""What this service counts for /metrics."""

from prometheus_client import Counter, Gauge

LINKED = Gauge("switchroom_agents_links_open", "Streams to the router that are alive (one for each tenant)")
LINK_LOST = Counter("switchroom_agents_links_lost_total", "How often a stream to the router was lost")
COMMANDS = Counter(
    "switchroom_agents_commands_total", "Commands of agents by what became of them", ["command", "outcome"]
)
DESKS_OPEN = Gauge("switchroom_agents_desks_open", "Desks open in a browser")
FLOORS_OPEN = Gauge("switchroom_agents_floors_open", "Live floors open in a browser")
LOGINS = Counter("switchroom_agents_logins_total", "Logins by kind and outcome", ["kind", "outcome"])
FILED = Counter("switchroom_agents_filed_total", "Records filed into the document store", ["topic"])
UNFILED = Counter(
    "switchroom_agents_unreadable_total", "Records that could not be read and were passed over", ["topic"]
)
FILED_TO = Gauge("switchroom_agents_filed_to_offset", "The offset after the last record filed", ["topic", "partition"])
REPLIES = Counter("switchroom_agents_replies_total", "Replies appended to contacts.outbound", ["channel"])
TELLINGS = Counter(
    "switchroom_agents_tellings_total", "What routes have customers told who wrote, by what became of it", ["outcome"]
)
CONNECTS = Counter("switchroom_agents_connects_total", "Accepted calls that were to be put through", ["channel"])
