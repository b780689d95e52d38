"""`switchroom bench takeover`, a small one: routers on three brokers are killed, frozen and restarted under load."""

import pytest

from services.cli.bench.takeover.pauses import FaultKind
from services.cli.bench.takeover.run import measured
from services.cli.bench.takeover.sizes import Effort, Load

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

TINY = Effort(kills=2, zombies=1, restarts=1, contacts=300, load=Load(partitions=4, contacts_per_s=12))


async def test_nothing_is_lost_or_doubled_though_routers_are_killed_frozen_and_restarted_under_load() -> None:
    told: list[str] = []

    result = await measured(TINY, told.append)

    assert result.is_safe, (result.audit.violations.words, told)
    figures = {figure.name: figure for figure in result.figures()}
    done = {name: figures[f"takeover.{name}"].value for name in ("kills", "zombies", "restarts")}
    assert done == {"kills": TINY.kills, "zombies": TINY.zombies, "restarts": TINY.restarts}
    assert figures["takeover.contacts"].value >= TINY.contacts
    # The auditor had something to look at: every router's hash of what it follows, and offers that agents saw.
    assert figures["takeover.hashes_differ"].n > TINY.routers
    assert figures["takeover.not_in_log"].n >= TINY.contacts
    assert {pause.fault.kind for pause in result.pauses if pause.struck} == set(FaultKind)
