"""The plan of each tenant of the load, and names of tenants such that every partition has as many."""

from collections import defaultdict
from itertools import count

from services.cli.bench.takeover.sizes import Load
from services.shared.partition import partition_of

COMPANY, PAGE, DISPOSITION = "acme", "acme-contact", "solved"
# Two contacts at a time for each agent.
UNITS = 10


def tenants_of(load: Load) -> list[str]:
    """Their names, partition by partition in turn, so that neighbours in the list are not in the same one."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for number in count(1):
        name = f"tenant-{number}"
        names = found[partition_of(name, load.partitions)]
        if len(names) < load.tenants_each:
            names.append(name)
        if sum(map(len, found.values())) == load.tenants:
            break
    return [found[partition][place] for place in range(load.tenants_each) for partition in range(load.partitions)]


def agents_of(load: Load) -> list[str]:
    """The ids of a tenant's agents."""
    return [f"agent-{number}" for number in range(1, load.agents_each + 1)]


def plan_file(tenant: str, load: Load) -> bytes:
    """Web forms, one queue, and all agents for it."""
    agents = "\n".join(f"  - {{id: {agent}, companies: {COMPANY}, units: {UNITS}}}" for agent in agents_of(load))
    return f"""\
format: 1
tenant: {tenant}
time_zone: Europe/Berlin
companies:
  - id: {COMPANY}
    name: Acme
    addresses:
      - {{channel: web_form, address: {PAGE}}}
    dispositions: [{{id: {DISPOSITION}, name: Solved}}]
channels:
  web_form: {{units: 5, offer_s: 30, wrap_up_s: 30}}
queues:
  - {{id: help, company: {COMPANY}, policy: longest_idle}}
default: {{queue: help}}
agents:
{agents}
""".encode()
