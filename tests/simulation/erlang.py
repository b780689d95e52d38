"""What queueing theory says of M/M/c and M/M/c+M: the formulas that simulated contact centres are held against."""

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Answering:
    """Probability of having to wait, mean wait of all, share answered within a time; times as the rates give them."""

    waiting: float
    mean_wait: float
    within: float


@dataclass(frozen=True, slots=True)
class Losing:
    """Probability of having to wait, of giving up, and the mean wait of all, those who give up included."""

    waiting: float
    abandoned: float
    mean_wait: float


def erlang_b(agents: int, load: float) -> float:
    """The share that an M/M/c/c system turns away; `load` is arrival rate by mean handling.

    The recursion of Jagerman (1974), "Some Properties of the Erlang Loss Function", B(n) = aB(n-1) / (n + aB(n-1)).
    """
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(agents: int, arrivals: float, handling: float, within: float) -> Answering:
    """M/M/c: Erlang (1917), as in Gross and Harris, "Fundamentals of Queueing Theory", 2.3.

    C = B / (1 - rho (1 - B)); W = C / (c mu - lambda); P(wait <= t) = 1 - C exp(-(c mu - lambda) t).
    """
    load = arrivals * handling
    blocked = erlang_b(agents, load)
    waiting = blocked / (1 - load / agents * (1 - blocked))
    spare = agents / handling - arrivals
    return Answering(waiting, waiting / spare, 1 - waiting * exp(-spare * within))


def erlang_a(agents: int, arrivals: float, handling: float, patience: float) -> Losing:
    """M/M/c+M: Palm (1957); Garnett, Mandelbaum and Reiman (2002), "Designing a Call Center with Impatient Customers".

    A birth and death process: from n to n+1 at rate lambda, from n to n-1 at min(n, c) mu + max(n-c, 0) theta. Those
    who give up are theta E[queue] / lambda, and by Little's law the mean wait is E[queue] / lambda.
    """
    weight, all_weights, waiting, queue = 1.0, 1.0, 0.0, 0.0
    number = 0
    while number < agents or weight > all_weights * 1e-15:
        number += 1
        weight *= arrivals / (min(number, agents) / handling + max(number - agents, 0) / patience)
        all_weights += weight
        if number >= agents:
            waiting += weight
            queue += (number - agents) * weight
    mean_queue = queue / all_weights
    return Losing(waiting / all_weights, mean_queue / patience / arrivals, mean_queue / arrivals)


def poisson_tail(mean: float, least: int) -> float:
    """The probability that a Poisson number is at least `least`."""
    return 1 - sum(_poisson(mean, least))


def poisson_excess(mean: float, over: int) -> float:
    """The mean of what a Poisson number has beyond `over`."""
    return mean - over + sum((over - number) * weight for number, weight in enumerate(_poisson(mean, over)))


def _poisson(mean: float, below: int) -> list[float]:
    weights = [exp(-mean)]
    for number in range(1, below):
        weights.append(weights[-1] * mean / number)
    return weights[:below]
