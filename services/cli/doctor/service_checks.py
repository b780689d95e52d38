"""Services as they answer: whether they are ready, what time they have, how far their followers are."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.shared.clock import Clock

WITHIN_S = 5.0
MS_PER_S = 1_000
# The Date header has whole seconds.
SKEW_S_MAX = 2.0
STANDING_STILL_S_MAX = 60.0
BEHIND, STANDING = "switchroom_follower_behind_records", "switchroom_follower_standing_still_seconds"


async def service(url: str, clock: Clock) -> list[Finding]:
    """All that one says at /readyz and /metrics."""
    async with httpx2.AsyncClient(timeout=WITHIN_S, base_url=url) as http:
        try:
            asked_ms = clock.wall_ms()
            ready = await http.get("/readyz")
            skew = skew_s(ready.headers.get("date", ""), asked_ms, clock.wall_ms())
            metrics = await http.get("/metrics")
        except httpx2.HTTPError as error:
            return [_silent(url, type(error).__name__)]
    return [_ready(url, ready), clock_of(url, skew), *followers(url, metrics.text)]


def skew_s(date: str, asked_ms: int, answered_ms: int) -> float | None:
    """How far that clock is from ours, at least: a header has whole seconds, and a way takes time; None: unknown."""
    try:
        theirs_ms = parsedate_to_datetime(date).timestamp() * MS_PER_S
    except ValueError:
        return None
    if theirs_ms + MS_PER_S < asked_ms:
        return (theirs_ms + MS_PER_S - asked_ms) / MS_PER_S
    return max(0.0, (theirs_ms - answered_ms) / MS_PER_S)


def clock_of(url: str, skew: float | None) -> Finding:
    """Whether a service's clock is ours."""
    check = f"clock of {url}"
    if skew is None:
        return ok(check, "it sends no Date header, so its time is not known")
    if abs(skew) > SKEW_S_MAX:
        return fail(
            check,
            f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'} of this machine",
            "tokens are refused as not yet valid, or live too long",
            "set the clocks of both machines by NTP",
        )
    return ok(check, "as this machine's, to the whole seconds that a Date header has")


def followers(url: str, metrics: str) -> Iterator[Finding]:
    """Those that stand still though there is something to do; one line if there are none."""
    samples = {
        (sample.name, sample.labels.get("follower", ""), sample.labels.get("partition", "")): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name in {BEHIND, STANDING}
    }
    known = sorted((follower, partition) for name, follower, partition in samples if name == BEHIND)
    standing = [each for each in known if samples.get((STANDING, *each), 0) > STANDING_STILL_S_MAX]
    for follower, partition in standing:
        yield warn(
            f"follower {follower}/{partition} of {url}",
            f"{samples[BEHIND, follower, partition]:.0f} records behind, and no step in "
            f"{samples[STANDING, follower, partition]:.0f} s",
            "what it makes of the log (files, tables, replies) is old",
            "the service's log says what it fails at",
        )
    if known and not standing:
        most = max(samples[BEHIND, *each] for each in known)
        yield ok(
            f"followers of {url}", f"{len(known)} follow, none stands still, the last is {most:.0f} records behind"
        )


def _ready(url: str, answer: httpx2.Response) -> Finding:
    if answer.status_code == httpx2.codes.OK:
        return ok(f"service {url}", "ready")
    try:
        reason = str(answer.json()["reason"])
    except (ValueError, KeyError, TypeError):
        reason = f"status {answer.status_code}"
    return fail(f"service {url}", f"not ready: {reason}", "it does not do its work", "see its log")


def _silent(url: str, error: str) -> Finding:
    return fail(f"service {url}", f"no answer ({error})", "it does not do its work", "see that it runs, and where")
