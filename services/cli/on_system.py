"""The demonstration on services that run as processes of their own, wherever they are."""

import asyncio
import logging

from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.run import Demonstration, Programme
from services.cli.demonstration.show import Show
from services.cli.running import INTERRUPTED, completed, status_of
from services.ingest.settings import IngestSettings
from services.shared.logs import set_up_logs
from services.shared.serve import run


def demo(show: Show, *, stays: bool) -> int:
    """Play it until every contact has ended or, if it `stays`, until it is told to stop; the exit status."""
    logging.captureWarnings(capture=True)
    set_up_logs(json=True, least=logging.WARNING)
    interrupted = 0 if stays else INTERRUPTED
    return status_of(lambda: asyncio.run(_play(show, stays=stays)), show.failed, interrupted=interrupted)


async def _play(show: Show, *, stays: bool) -> bool:
    from services.cli.demonstration import processes  # noqa: PLC0415  # the driver of MongoDB takes its time

    settings = processes.check()
    mailbox = Mailbox(settings.mailbox_host, IngestSettings().relay_port, next_free=False)
    await mailbox.start()
    programme = Programme(stays=stays, within_s=settings.within_s)
    demonstration = Demonstration(lambda: processes.system_of_processes(settings), mailbox, show, programme)
    await run([mailbox, demonstration])
    return completed(demonstration, show, stays=stays)
