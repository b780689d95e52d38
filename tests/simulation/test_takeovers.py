"""Hundreds of offers are live when the router changes hands: nobody is blamed for them, and nothing is stranded."""

import pytest

from tests.simulation.crowded_takeover import TAKEOVERS, CrowdedTakeover

HUNDREDS = 200


@pytest.mark.parametrize("seed", range(1))
def test_hundreds_of_live_offers_survive_a_takeover(seed: int) -> None:
    takeover = CrowdedTakeover(seed, agents=300)
    takeover.run()
    assert len(takeover.live) == TAKEOVERS
    assert max(takeover.live) >= HUNDREDS


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 130))
def test_hundreds_of_live_offers_survive_many_takeovers(seed: int) -> None:
    takeover = CrowdedTakeover(seed, agents=300 + seed % 3 * 150)
    takeover.run()
    assert max(takeover.live) >= HUNDREDS // 2
