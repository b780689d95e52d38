"""What clients send, checked and bounded before anything is done with it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.agents.telephones import telephone
from services.shared.tokens import Role

TEXT_BYTES_MAX = 256 * 1024
ID_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"


def _readable(text: str) -> str:
    if any(letter < " " and letter not in "\n\r\t" for letter in text):
        raise ValueError("holds control characters; send plain text")
    return text


def _one_line(text: str) -> str:
    if any(not letter.isprintable() for letter in text):
        raise ValueError("holds line breaks or control characters; send one line")
    return text


def _bounded(text: str) -> str:
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise ValueError(f"is longer than {TEXT_BYTES_MAX} bytes; shorten it")
    return text


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=TEXT_BYTES_MAX), AfterValidator(_readable), AfterValidator(_bounded)
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_one_line)]
Telephone = Annotated[str, StringConstraints(max_length=200), AfterValidator(telephone)]
# An id of the plan, whose own rules about ids are the plan's business.
PlanId = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_one_line)]


class Sent(BaseModel):
    """A body with nothing in it that is not asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(Sent):
    """A command. Its id is made by the client; a retry with the same id gets the first answer."""

    command_id: Id | None = None


class OfferAct(Act):
    offer_id: Id | None = None


class PresenceAct(Act):
    presence: Literal["offline", "available", "away"]
    reason: PlanId | Literal[""] = ""


class Skill(Sent):
    """A skill of the plan, and the least level that will do."""

    skill: PlanId
    level: Annotated[int, Field(ge=1, le=10)] = 1


class TransferAct(Act):
    """To a queue, to an agent, to whoever has the skills, or to what several of these say together."""

    queue: PlanId | Literal[""] = ""
    to_agent: PlanId | Literal[""] = ""
    skills: Annotated[tuple[Skill, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _somewhere(self) -> "TransferAct":
        if not (self.queue or self.to_agent or self.skills):
            raise ValueError("name a queue, an agent (to_agent) or skills")
        return self


class CompleteAct(Act):
    disposition: PlanId


class TextAct(Act):
    text: Text


class Login(Sent):
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewPerson(Sent):
    name: Name
    role: Role
    companies: Annotated[tuple[PlanId, ...], Field(max_length=100)] = ()
    agent: PlanId | None = None
    phone: Telephone = ""


class PersonChange(Sent):
    phone: Telephone


class NewKey(Sent):
    person: Id
    label: Name


class NewLoginLink(Sent):
    """`on_duty`: the person becomes available as soon as the desk is open."""

    person: Id
    on_duty: bool = False
