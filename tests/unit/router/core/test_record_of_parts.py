"""Records of parts: read, made, compared and changed like plain records, and what is alike in them is held once."""

from dataclasses import fields, replace
from typing import Any

import pytest

from services.plan.compiled import Channel, Direction
from services.router.core.record import changed
from services.router.core.record_of_parts import SHARED_MAX, held_as_one, part, record_of_parts, shared_part
from services.router.core.records import Contact, ContactStatus
from services.router.core.state import TenantState


@shared_part
class Make:
    """What many have in common."""

    colour: str
    doors: int = 4


@part
class Damage:
    """What few have."""

    dents: int = 0
    note: str = ""


@record_of_parts
class Car(Make, Damage):
    """A car."""

    plate: str
    seats: int = 5
    make: Make = held_as_one()
    damage: Damage = held_as_one()


RED = Car(plate="A 1", colour="red")


def test_the_fields_of_parts_are_read_as_the_records_own() -> None:
    car = Car(plate="A 1", colour="red", doors=2, dents=3)
    assert (car.plate, car.seats, car.colour, car.doors, car.dents, car.note) == ("A 1", 5, "red", 2, 3, "")
    assert (car.make.doors, car.damage.dents) == (2, 3)


def test_all_fields_are_named_and_told() -> None:
    names = {field.name for field in fields(RED)}
    assert names == {"plate", "seats", "colour", "doors", "dents", "note"}
    assert "plate='A 1'" in repr(RED)
    assert "colour='red'" in repr(RED)


def test_what_has_no_default_has_to_be_given() -> None:
    with pytest.raises(TypeError, match="colour"):
        Car(plate="A 1")  # type: ignore[call-arg]


def test_records_are_equal_when_all_fields_are() -> None:
    assert Car(plate="A 1", colour="red") == RED
    assert changed(RED, dents=1) != RED
    assert changed(RED, doors=2) != RED
    assert changed(RED, seats=2) != RED
    assert object() != RED


@pytest.mark.parametrize("changes", [{"plate": "B 2"}, {"doors": 2}, {"dents": 1, "seats": 2}, {}])
def test_a_copy_has_the_changes_and_all_else_as_it_was(changes: dict[str, Any]) -> None:
    after = changed(RED, **changes)
    assert after == replace(RED, **changes)
    assert {name: getattr(after, name) for name in changes} == changes
    assert Car(plate="A 1", colour="red") == RED


def test_a_field_that_there_is_not_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="Car has no field wheels"):
        changed(RED, wheels=3)


def test_what_is_alike_is_held_once() -> None:
    other = changed(Car(plate="B 2", colour="blue"), colour="red")
    assert other.make is RED.make
    assert other.damage is RED.damage


def test_a_part_that_is_changed_to_what_it_is_stays_the_same() -> None:
    dented = changed(RED, dents=1, note="left")
    for number in range(SHARED_MAX + 1):
        Car(plate="A 1", colour=f"grey {number}")  # nobody else shares it any more
    assert changed(dented, dents=1).damage is dented.damage
    assert changed(RED, doors=4).make is RED.make


def test_a_part_that_is_cleared_is_the_one_that_all_share() -> None:
    dented = changed(RED, dents=1, note="left")
    assert changed(dented, dents=0).damage.note == "left"
    assert changed(dented, dents=0, note="").damage is RED.damage


def test_a_contact_that_waits_holds_little_of_its_own() -> None:
    one, other = (changed(contact(number), status=ContactStatus.QUEUED, queue="sales") for number in (1, 2))
    assert one.errand is other.errand
    assert one.course is other.course
    assert changed(one, agent="ann", offer_id="1.1").course is not other.course


def test_more_errands_than_are_remembered_find_their_lines_still() -> None:
    line_up = TenantState("acme").index._line_up
    for number in range(SHARED_MAX + 1):
        arrived = changed(contact(1), dialed=f"+4930{number}")
        waits = changed(arrived, queue=("sales", "billing", "care")[number % 3])
        assert line_up.line_of(waits).asked.queue == waits.queue
    assert len(line_up.lines) == 3
    assert len(line_up._line_known) <= SHARED_MAX


def contact(number: int) -> Contact:
    return Contact(
        id=f"c{number}",
        company="acme",
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        dialed="+4930111",
        caller_classes=(),
        customer=f"customer-{number}",
        ivr_path=(),
        language="",
        attributes=(),
        arrived_at_ms=number,
        previous_contact_id="",
    )
