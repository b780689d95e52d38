"""What the end of each partition of router.log tells: formats, who owns it, how far the router is behind."""

from collections.abc import Sequence

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.cli.doctor.tail import Tail
from services.router.log_codec import Unreadable, decode_decided
from services.shared.fence import FORMAT, Batch

# A router that has more than this to do is not just at work.
BEHIND_MANY = 1_000
MS_PER_S = 1_000
# What NTP keeps, and then some; tokens and waits bear this much.
SKEW_S_MAX = 2.0


def formats(tail: Tail) -> Finding:
    """Whether this version can read what was written last."""
    check = f"formats router.log/{tail.partition}"
    newest = max((each.format for each in tail.envelopes), default=0)
    unreadable = tail.unreadable or _unreadable(tail.last_batch())
    if unreadable or newest > FORMAT:
        return fail(
            check,
            unreadable or f"format {newest}; this version reads 1 to {FORMAT}",
            "a router of this version stops there and does not claim the partition",
            "run a version that reads it; if none does, keep the log as it is and find out what else writes to it",
        )
    if not tail.looked_at:
        return ok(check, "no record yet")
    return ok(check, f"the last {tail.looked_at} of {tail.end} records can be read, formats up to {newest}")


def owned(tail: Tail, answers: bool | None) -> Finding:
    """Who claimed it last, and whether gRPC health answers there; `answers` None: nobody was asked."""
    check, owner = f"owner router.log/{tail.partition}", tail.owner()
    if owner is None:
        saw = "no router has claimed it yet" if not tail.end else f"no claim among the last {tail.looked_at} records"
        why = "contacts of its tenants wait until one does" if not tail.end else "who owns it is not known from here"
        return warn(check, saw, why, "see that a router runs, and what its /readyz says")
    saw = f"{owner.owner_address}, epoch {owner.epoch}"
    if answers is False:
        return fail(
            check,
            f"{saw}, and gRPC health does not answer SERVING there",
            "nothing is decided in this partition, and calls that are forwarded to it fail",
            "see whether that router runs; another one claims the partition when the group gives it one",
        )
    return ok(check, f"{saw}, serving" if answers else saw)


def behind(tail: Tail, inbound_end: int) -> Finding:
    """How many records of contacts.inbound were not yet taken account of."""
    check, batch = f"router behind contacts.inbound/{tail.partition}", tail.last_batch()
    if batch is None or tail.unreadable or _unreadable(batch):
        return ok(check, f"can't be told without a batch that can be read; {inbound_end} records are there")
    count = max(0, inbound_end - (decode_decided(batch.decided).inbound_offset + 1))
    if count > BEHIND_MANY:
        return warn(
            check,
            f"{count} records are not decided",
            "contacts wait longer than agents make them wait",
            "see that the partition has an owner, and whether the router's CPU is used up",
        )
    return ok(check, f"{count} records are not decided")


def clock(newest_ms: Sequence[int], now_ms: int) -> Finding:
    """Whether the log's clock is ahead of this machine's. That it is behind can't be told from a quiet log."""
    check = "clock of the log"
    if not newest_ms:
        return ok(check, "no record to compare with")
    ahead_s = (max(newest_ms) - now_ms) / MS_PER_S
    if ahead_s > SKEW_S_MAX:
        return fail(
            check,
            f"the newest record was appended {ahead_s:.1f} s after this machine's now",
            "waits and deadlines are counted in the log's time, and tokens in that of machines",
            "set the clocks of brokers and of this machine by NTP",
        )
    return ok(check, f"not ahead (the newest record is {-ahead_s:.0f} s old); a clock that is behind can't be told so")


def _unreadable(batch: Batch | None) -> str:
    if batch is None or batch.format > FORMAT:
        return ""
    try:
        decode_decided(batch.decided)
    except Unreadable as error:
        return f"what was decided last can't be read: {error}"
    return ""
