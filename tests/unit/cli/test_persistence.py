"""What the demonstration tries again, and what it does not."""

import aiosmtplib
import httpx2
import pytest

from services.agents.people import PersonRefused
from services.cli.demonstration.persistence import AT_ONCE, Persistence
from services.cli.grpc_client import CallFailed


class Failing:
    """Fails so many times, then succeeds."""

    def __init__(self, error: BaseException, times: int) -> None:
        self.tries = 0
        self._error = error
        self._times = times

    async def act(self) -> str:
        self.tries += 1
        if self.tries <= self._times:
            raise self._error
        return "done"


def status(code: int) -> httpx2.HTTPStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/")
    return httpx2.HTTPStatusError("refused", request=request, response=httpx2.Response(code, request=request))


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ConnectError("gone"),
        status(503),
        status(429),
        CallFailed("UNAVAILABLE"),
        aiosmtplib.SMTPDataError(451, "later"),
        aiosmtplib.SMTPServerDisconnected("gone"),
        aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(451, "later", "a@b.example")]),
    ],
)
async def test_what_was_away_is_tried_again_until_it_is_back(error: BaseException) -> None:
    failing = Failing(error, times=1)

    assert await Persistence(outage_s=60).keep_trying(failing.act) == "done"
    assert failing.tries == 2


@pytest.mark.parametrize(
    "error", [status(400), aiosmtplib.SMTPDataError(550, "no"), PersonRefused("somebody else is ana")]
)
async def test_what_was_refused_for_what_it_says_is_not_tried_again(error: Exception) -> None:
    failing = Failing(error, times=1)

    with pytest.raises(type(error)):
        await Persistence(outage_s=60).keep_trying(failing.act)
    assert failing.tries == 1


async def test_where_no_outage_is_to_be_expected_the_first_failure_counts() -> None:
    failing = Failing(httpx2.ConnectError("gone"), times=1)

    with pytest.raises(httpx2.ConnectError):
        await AT_ONCE.keep_trying(failing.act)
    assert failing.tries == 1


async def test_an_outage_that_lasts_too_long_ends_it() -> None:
    failing = Failing(httpx2.ConnectError("gone"), times=1_000)

    with pytest.raises(httpx2.ConnectError):
        await Persistence(outage_s=0.6).keep_trying(failing.act)
    assert failing.tries > 1
