"""The facts of a contact that a program describes, checked: the same for Route and Explain."""

from enum import StrEnum
from typing import Any, TypeVar

from services.plan.compiled import Attribute, Channel, Direction
from services.router.core.commands import Arrive
from services.router.grpc_api.door import BadRequest, check_id
from services.shared.tokens import Identity
from switchroom.v1 import contact_pb2

LIST_LENGTH_MAX = 32
TEXT_LENGTH_MAX = 256

Word = TypeVar("Word", bound=StrEnum)


def check_facts(identity: Identity, asked: Any) -> None:
    """Lengths, and that the caller may speak for the company. Raises BadRequest."""
    check_id("company", asked.company)
    if not identity.may_see(asked.company):
        raise BadRequest("company is none that this token may act for")
    if max(len(asked.ivr_path), len(asked.attributes)) > LIST_LENGTH_MAX:
        raise BadRequest(f"ivr_path and attributes take at most {LIST_LENGTH_MAX} entries each")
    pairs = [text for attribute in asked.attributes for text in (attribute.name, attribute.value)]
    if any(
        len(text) > TEXT_LENGTH_MAX for text in [asked.dialed, asked.caller, asked.language, *asked.ivr_path, *pairs]
    ):
        raise BadRequest(f"no field may be longer than {TEXT_LENGTH_MAX} characters")


def arrival(contact_id: str, asked: Any, customer: str, classes: tuple[str, ...], at_ms: int) -> Arrive:
    """The arrival that the facts describe, ready to be routed. Raises BadRequest."""
    return Arrive(
        contact_id=contact_id,
        company=asked.company,
        channel=_word(Channel, contact_pb2.Channel.DESCRIPTOR, asked.channel, "channel"),
        direction=_word(Direction, contact_pb2.Direction.DESCRIPTOR, asked.direction, "direction"),
        dialed=asked.dialed,
        caller_classes=classes,
        customer=customer,
        ivr_path=tuple(asked.ivr_path),
        language=asked.language.lower(),
        attributes=tuple(Attribute(attribute.name, attribute.value) for attribute in asked.attributes),
        arrived_at_ms=at_ms,
        previous_contact_id="",
        ready=True,
    )


def _word(kind: type[Word], descriptor: Any, number: int, field: str) -> Word:
    known = descriptor.values_by_number.get(number)
    name = known.name.removeprefix(f"{descriptor.name.upper()}_").lower() if known is not None else ""
    if name not in set(kind):
        raise BadRequest(f"{field} must be one of {', '.join(kind)}")
    return kind(name)
