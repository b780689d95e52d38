import pytest

from services.cli.bench.takeover.log_codec import commit_of
from services.shared.fence import ZERO_DIGEST, Batch
from switchroom.v1 import events_pb2, log_pb2


def test_an_event_of_a_kind_that_nobody_knows_is_an_error_and_not_passed_over() -> None:
    command = log_pb2.DecidedCommand(tenant="t", id="c", events=[events_pb2.Event()])
    decided = log_pb2.Decided(at_ms=1, commands=[command]).SerializeToString()
    with pytest.raises(ValueError, match="does not know"):
        commit_of(0, 0, Batch(1, b"C" * 16, 1, ZERO_DIGEST, 1, decided))
