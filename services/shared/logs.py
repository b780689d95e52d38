"""Logs: structured lines on stderr, JSON for machines or plain for people, from our code and the libraries alike."""

import logging
import sys
from typing import Any

import structlog

# Local variables stay out of tracebacks: they hold addresses and bodies.
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def set_up_logs(*, json: bool) -> None:
    """Configure structlog and the standard library's logging; call it once, before anything logs."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if json else [PLAIN]
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=[clean, *render]))
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries speak of requests and addresses below this level.
    root.setLevel(logging.WARNING)
