"""A queue of the bench under any policy."""

from services.plan.compiled import Criterion, Policy, Queue, Weight

# What a weighted queue of the timed workload goes by.
USUAL_WEIGHTS = (Weight(Criterion.PROFICIENCY, 3), Weight(Criterion.IDLE_S, 1), Weight(Criterion.ANSWERED, -2))


def bench_queue(id: str, company: str, policy: Policy, weights: tuple[Weight, ...] = USUAL_WEIGHTS) -> Queue:
    """A queue that is served by the group of its own name; the weights are for the weighted policy alone."""
    return Queue(id, company, id, policy, groups=(id,), weights=weights if policy is Policy.WEIGHTED else ())
