"""Spans by OTLP: what a collector gets, and that a process ends without one."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from services.shared.otlp_traces import OtlpTraces
from services.shared.settings import TracingSettings
from services.shared.traces import ROOT, NoTraces, Span, offer_place
from tests.fakes.otlp_receiver import OtlpReceiver

RECEIVED = Span("acme", "c1", ROOT, "receive", 1_000, 1_020, attributes={"switchroom.channel": "email"})
OFFERED = Span("acme", "c1", offer_place("o1"), "offer", 1_020, 1_030)
SHOWN = Span("acme", "c1", "desk o1", "reach the desk", 1_031, 1_031, offer_place("o1"))


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    before = dict(os.environ)
    with OtlpReceiver().listening() as listening:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = listening.endpoint
        yield listening
    os.environ.clear()
    os.environ.update(before)


def told(share: float, *spans: Span) -> None:
    traces = OtlpTraces("switchroom-test", share)
    for span in spans:
        traces.tell(span)
    traces.close()


def test_a_contact_is_one_trace_whose_spans_refer_to_each_other(receiver: OtlpReceiver) -> None:
    told(1, RECEIVED, OFFERED, SHOWN)
    received, offered, shown = receiver.spans
    assert received.parent_id == ""
    assert (offered.parent_id, shown.parent_id) == (received.span_id, offered.span_id)
    assert {span.trace_id for span in receiver.spans} == {f"{RECEIVED.trace_id:032x}"}
    assert (received.began_ns, received.ended_ns) == (1_000_000_000, 1_020_000_000)
    assert received.service == "switchroom-test"
    assert received.attributes == {
        "switchroom.tenant": "acme",
        "switchroom.contact": "c1",
        "switchroom.channel": "email",
    }
    assert receiver.path == "/v1/traces"


def test_contacts_and_tenants_have_traces_of_their_own() -> None:
    ids = {Span(tenant, contact, ROOT, "", 0, 0).trace_id for tenant in ("a", "b") for contact in ("1", "2")}
    assert len(ids) == 4
    assert Span("a", "b", "c", "", 0, 0).span_id != Span("a", "b", "d", "", 0, 0).span_id
    assert max(ids) < 2**128


def test_two_services_of_one_share_trace_the_same_contacts(receiver: OtlpReceiver) -> None:
    spans = [Span("acme", f"c{number}", ROOT, "receive", 0, 0) for number in range(400)]
    told(0.25, *spans)
    first = {span.trace_id for span in receiver.spans}
    receiver.spans.clear()
    told(0.25, *reversed(spans))
    assert first == {span.trace_id for span in receiver.spans}
    assert 50 < len(first) < 150


def test_a_share_of_none_traces_nothing(receiver: OtlpReceiver) -> None:
    told(0, RECEIVED, OFFERED)
    assert receiver.spans == []


def test_a_collector_that_is_away_keeps_no_process_from_ending(receiver: OtlpReceiver) -> None:
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
    began_s = time.monotonic()
    told(1, RECEIVED)
    assert time.monotonic() - began_s < 20


@pytest.mark.parametrize(
    ("given", "traced"),
    [
        ({}, False),
        ({"exporter_otlp_endpoint": "http://collector:4318"}, True),
        ({"exporter_otlp_traces_endpoint": "http://collector:4318/v1/traces"}, True),
        ({"exporter_otlp_endpoint": "http://collector:4318", "sdk_disabled": "true"}, False),
    ],
)
def test_there_are_traces_when_a_collector_is_named(given: dict[str, str], traced: bool) -> None:
    assert TracingSettings.model_validate(given).traced is traced


def test_nobody_is_told_without_one() -> None:
    nobody = NoTraces()
    nobody.tell(RECEIVED)
    nobody.close()
    assert not nobody.wanted


def test_without_a_collector_nothing_of_it_is_even_loaded() -> None:
    services = "services.shared.process, services.ingest.app, services.router.app, services.agents.app"
    loaded = "[name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))]"
    program = f"import sys, {services}; sys.exit(str({loaded}) if {loaded} else 0)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert (ended.returncode, ended.stderr) == (0, "")
