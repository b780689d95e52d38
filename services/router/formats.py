"""When the format of router.log is raised: on an operator's word, and by the first commit of a log that is new."""

import structlog
from prometheus_client import Gauge

from services.shared.fence import FORMAT, Checkpoint

log = structlog.get_logger()
IN_FORCE = Gauge(
    "switchroom_log_format", "The format of router.log that is in force, as this router reads it", ["partition"]
)


class FormatWatch:
    """Tells operators which format is in force in a partition."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._told = 0

    def saw(self, format: int) -> None:
        """A record was read, and that one is in force after it."""
        if format != self._told:
            self._told = format
            IN_FORCE.labels(self._partition).set(format)
            log.info("format_in_force", partition=self._partition, format=format)


def is_new(fence: Checkpoint) -> bool:
    """Whether nothing was ever decided there: no older release can have a part in it."""
    return fence.epoch == 1 and fence.seq == 0


def raised_format(in_force: int, wanted: int, reads_to: int = FORMAT) -> int:
    """The format after that word: never a lower one, and none that this release does not read."""
    if wanted > reads_to:
        log.error(
            "format_not_raised",
            wanted=wanted,
            reads_to=reads_to,
            in_force=in_force,
            what_to_do="this router is of an older release: upgrade it, then say `switchroom upgrade finish` again",
        )
        return in_force
    return max(in_force, wanted)
