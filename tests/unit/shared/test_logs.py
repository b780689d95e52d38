import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.shared.logs import about, set_up_logs


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def test_json_logs_are_one_object_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(json=True)
    structlog.get_logger().info("started", port=8080)
    logging.getLogger("library").warning("trouble with %s", "it")
    captured = capsys.readouterr()
    ours, theirs = (json.loads(line) for line in captured.err.splitlines())
    assert (ours["event"], ours["port"], ours["level"]) == ("started", 8080, "info")
    assert (theirs["event"], theirs["level"]) == ("trouble with it", "warning")
    assert captured.out == ""


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_hold_no_local_variables(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    set_up_logs(json=as_json)
    body = "the customer's " + "secret"
    try:
        int("x" * len(body[:1]))
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    err = capsys.readouterr().err
    assert err.count("ValueError") == 2
    assert "the customer's secret" not in err


def test_libraries_say_nothing_below_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(json=False)
    logging.getLogger("library").info("mail from ann@example.org")
    assert capsys.readouterr().err == ""


def test_logs_go_to_a_file_without_colours_and_from_the_level_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = io.StringIO()
    set_up_logs(json=False, to=file, least=logging.WARNING)
    structlog.get_logger().info("started")
    structlog.get_logger().warning("slow")
    logging.getLogger("library").error("broken")
    lines = file.getvalue().splitlines()
    assert ["slow" in lines[0], "broken" in lines[1], len(lines)] == [True, True, 2]
    assert "\x1b" not in file.getvalue()
    assert capsys.readouterr().err == ""


async def test_lines_say_which_contact_they_are_about_in_tasks_that_begin_there_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        structlog.get_logger().info("later")
        logging.getLogger("library").warning("by others")

    set_up_logs(json=True)
    with about("acme", "c1"):
        structlog.get_logger().info("now")
        task = asyncio.create_task(work())
    structlog.get_logger().info("outside")
    await task
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    told = {line["event"]: (line.get("tenant"), line.get("contact_id")) for line in lines}
    ours = ("acme", "c1")
    assert told == {"now": ours, "later": ours, "by others": ours, "outside": (None, None)}
