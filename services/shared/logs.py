"""Logs: structured lines, JSON for machines or plain for people, from our code and the libraries alike."""

import logging
import sys
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog


def set_up_logs(*, json: bool, to: TextIO | None = None, least: int = logging.INFO) -> None:
    """Configure structlog and the standard library's logging; call it once, before anything logs.

    `to`: where lines go, stderr if not given; `least`: the level from which on our own code is heard.
    """
    out = sys.stderr if to is None else to
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if not json:
        # Local variables stay out of tracebacks: they hold addresses and bodies.
        plain = structlog.dev.plain_traceback
        render = [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=[clean, *render]))
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries speak of requests and addresses below this level.
    root.setLevel(logging.WARNING)


def about(tenant: str, contact_id: str) -> AbstractContextManager[None]:
    """Within it every line says which contact it is about, also in tasks that begin there."""
    return structlog.contextvars.bound_contextvars(tenant=tenant, contact_id=contact_id)
