"""The slip beside a document: what the fax server or the scanner says of it, as JSON."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.ingest.documents.names import SENDER_CHARACTERS_MAX
from services.ingest.texts import OneLine

SLIP_BYTES_MAX = 16 * 1024
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class BadSlip(ValueError):
    """The slip cannot be used; the message says why, and holds nothing of it."""


def _is_likely(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("is no moment at which a document can have come")
    return moment.astimezone(UTC)


class Slip(BaseModel):
    """All of it may be left out. `complete`: the document was there in whole when it got its name, so nobody waits.

    `incomplete`: the call ended before the last page.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    sender: Annotated[OneLine, Field(max_length=SENDER_CHARACTERS_MAX)] = ""
    received_at: Annotated[AwareDatetime, AfterValidator(_is_likely)] | None = None
    reference: Annotated[OneLine, Field(max_length=200)] = ""
    incomplete: bool = False
    complete: bool = False


NO_SLIP = Slip()


def read_slip(content: bytes) -> Slip:
    """The slip. Raises BadSlip."""
    if len(content) > SLIP_BYTES_MAX:
        raise BadSlip(f"it is larger than {SLIP_BYTES_MAX} bytes")
    try:
        return Slip.model_validate_json(content)
    except ValidationError as error:
        fields = sorted({str(found["loc"][0]) if found["loc"] else "the JSON" for found in error.errors()})
        raise BadSlip(f"this cannot be read: {', '.join(fields)}") from None
