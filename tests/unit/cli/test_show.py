import json
from dataclasses import replace

import pytest

from services.cli.demonstration.show import JsonShow, PeopleShow
from services.cli.demonstration.told import Invitation, Told

TOLD = Told(
    channel="email",
    contact_id="c1",
    company="acme",
    caller="kim@customer.example",
    dialed="support@acme.example",
    ivr_path=[],
    language="",
    queue="acme-support",
    agent="dora",
    reason="the default route put it in [acme-support]",
    answer="Grüße",
    outcome="completed",
    waited_ms=1234,
)
INVITATION = Invitation(
    link="http://127.0.0.1:8080/login/" + "x" * 90,
    floor="http://127.0.0.1:8080/",
    be_the_customer="http://127.0.0.1:8080/try",
    metrics="http://127.0.0.1:8083/metrics",
    log="data/switchroom.log",
)


def test_a_program_gets_one_object_a_line_and_all_else_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show = JsonShow()

    show.doing("Starting")
    show.told(TOLD, "Where is it?", "1")
    show.invite(INVITATION)
    show.failed("it did not")

    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == [TOLD.as_json()]
    assert "Grüße" in said.out
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["Starting", "A seat is free", "it did not"]


def test_a_person_reads_who_asked_what_where_it_went_why_and_what_came_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    PeopleShow().told(TOLD, "Where is my pump?", "3")

    said = capsys.readouterr().out
    assert "kim@customer.example → support@acme.example  acme-support → dora  completed, waited 1.2 s" in said
    assert "Where is my pump?" in said
    assert "the default route put it in [acme-support]" in said
    assert "Grüße" in said


def test_a_contact_that_nobody_took_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    PeopleShow().told(replace(TOLD, agent="", outcome="abandoned", answer=""), "Where is my pump?")

    said = capsys.readouterr().out
    assert "nobody  abandoned" in said
    assert "no answer" in said


@pytest.mark.parametrize("channel", ["web_form", "fax", "letter"])
def test_what_takes_no_answer_is_answered_by_its_disposition(channel: str, capsys: pytest.CaptureFixture[str]) -> None:
    PeopleShow().told(replace(TOLD, channel=channel, answer="solved"), "Where is my pump?")

    assert "marked as solved" in capsys.readouterr().out


def test_where_the_floor_is_not_open_nobody_is_sent_there(capsys: pytest.CaptureFixture[str]) -> None:
    PeopleShow().invite(replace(INVITATION, floor=""))

    assert "floor" not in capsys.readouterr().out


def test_a_link_that_is_longer_than_a_line_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    show = PeopleShow()

    show.invite(INVITATION)
    show.invite(replace(INVITATION, log=""))

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines.count(INVITATION.link) == 2
    assert lines.count(INVITATION.be_the_customer) == 2
    assert sum(INVITATION.log in line for line in lines) == 1


def test_what_fails_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    PeopleShow().failed("port 8080 is taken")

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "switchroom: port 8080 is taken\n"
