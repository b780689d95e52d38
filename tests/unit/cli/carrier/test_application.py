"""Asking the application over HTTP: what can go wrong on the way."""

import asyncio
import socket

import pytest

from services.cli.carrier.application import HttpApplication
from services.cli.carrier.exchange.markup import DOCUMENT_BYTES_MAX
from services.cli.carrier.exchange.web import Account, Address, Unreachable, WebAnswer
from tests.fakes.served_application import ServedApplication

ACCOUNT = Account("AC" + "1" * 32, "the token of a test")
PARAMS = {"CallSid": "CA1", "Body": "a+b & ü=1"}


async def asked(where: Address) -> WebAnswer:
    http = HttpApplication()
    await http.start()
    try:
        return await http.ask(ACCOUNT.signed(where, PARAMS))
    finally:
        await http.stop()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_parameters_arrive_as_they_are_and_signed(method: str) -> None:
    application = ServedApplication(ACCOUNT.token)
    async with application.running():
        application.scripted.on("/voice", "<Response/>")
        answer = await asked(Address(application.url("/voice?a=1"), method))
    assert (answer.status, answer.body) == (200, b"<Response/>")
    assert application.forged == []
    (request,) = application.scripted.asked
    assert request.form == (PARAMS if method == "POST" else {})
    assert request.headers["i-twilio-idempotency-token"]


async def test_a_signature_of_another_token_is_noticed() -> None:
    application = ServedApplication("another token")
    async with application.running():
        await asked(Address(application.url("/voice")))
    assert len(application.forged) == 1


async def test_of_an_answer_without_end_no_more_is_read_than_is_needed_to_refuse_it() -> None:
    application = ServedApplication(ACCOUNT.token)
    async with application.running():
        application.scripted.on("/voice", "x" * (20 * DOCUMENT_BYTES_MAX))
        answer = await asked(Address(application.url("/voice")))
    assert DOCUMENT_BYTES_MAX < len(answer.body) < 5 * DOCUMENT_BYTES_MAX


async def test_where_nobody_listens_there_is_no_answer() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await asked(Address(f"http://127.0.0.1:{taken.getsockname()[1]}/voice"))


async def test_a_connection_that_breaks_is_no_answer() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    try:
        with pytest.raises(Unreachable):
            await asked(Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/voice"))
    finally:
        server.close()


async def test_a_carrier_that_has_stopped_asks_nobody() -> None:
    with pytest.raises(Unreachable, match="stopped"):
        await HttpApplication().ask(ACCOUNT.signed(Address("http://127.0.0.1:9/"), {}))
