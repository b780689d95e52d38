"""Fax and letter, which come from the watched folder, and voicemail: nobody writes back by them."""

from dataclasses import dataclass

from services.ingest.channels.channel import Capabilities, Fate, SendResult
from services.ingest.envelopes import Outgoing
from services.plan.compiled import Channel as Medium

NO_REPLY = "A fax, a letter or a voicemail takes no answer here: call the customer, or write to them by other means."


@dataclass(frozen=True, slots=True)
class DocumentChannel:
    """One of these, as other channels stand beside it; services/ingest/documents receives two, and voice the third."""

    medium: Medium

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(can_reply=False, is_live=False)

    async def start(self) -> None:
        """Nothing to begin: the folder is watched for both."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    async def send(self, outgoing: Outgoing) -> SendResult:  # noqa: ARG002  # whatever it is, it can't be sent
        """There is no way back."""
        return SendResult(Fate.FAILED, NO_REPLY)
