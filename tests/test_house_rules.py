"""The house is as the rules want it; and each rule can fail."""

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from tests import configuration_page, house_rules
from tests.house_rules import ROOT, Rule, Source

RULES_OF_SERVICES: tuple[Rule, ...] = (
    house_rules.every_module_says_what_it_is,
    house_rules.packages_are_empty,
    house_rules.modules_are_short,
    house_rules.functions_are_short,
    house_rules.names_say_something,
    house_rules.services_do_not_know_the_tests,
    house_rules.protobuf_stays_at_the_border,
    house_rules.settings_stand_in_settings_files,
    house_rules.the_environment_is_read_by_settings,
    house_rules.nothing_is_asserted,
)
RULES_OF_THE_CORE: tuple[Rule, ...] = (
    house_rules.core_hashes_nothing,
    house_rules.core_counts_in_integers,
    house_rules.core_has_no_set_order,
    house_rules.core_waits_for_nothing,
)
WRITTEN_BY_HAND = ("services", "tests", "protos", "docs", "scripts")


def name_of(rule: Callable[..., object]) -> str:
    return rule.__name__


def problems(rule: Rule, sources: list[Source]) -> list[str]:
    assert sources, "the rule looked at nothing"
    return [problem for source in sources for problem in rule(source)]


def source(text: str, path: str = "services/router/core/example.py") -> Source:
    return Source(PurePosixPath(path), text)


@pytest.mark.parametrize("rule", RULES_OF_SERVICES, ids=name_of)
def test_the_services_keep_to(rule: Rule) -> None:
    assert problems(rule, house_rules.modules()) == []


@pytest.mark.parametrize("rule", RULES_OF_THE_CORE, ids=name_of)
def test_the_core_keeps_to(rule: Rule) -> None:
    assert problems(rule, house_rules.core_modules()) == []


def test_half_of_the_functions_are_small() -> None:
    assert house_rules.functions_are_short_on_the_whole(house_rules.modules()) == []


@pytest.mark.parametrize("folder", WRITTEN_BY_HAND)
def test_nothing_is_left_unfinished(folder: str) -> None:
    patterns = ("*",) if folder == "scripts" else ("*.py", "*.proto", "*.md", "*.html", "*.js", "*.css", "*.yaml")
    assert problems(house_rules.nothing_is_left_unfinished, house_rules.sources(folder, *patterns)) == []


def test_packages_of_tests_are_empty() -> None:
    assert problems(house_rules.packages_are_empty, house_rules.modules("tests")) == []


def test_the_decision_records_are_numbered_without_gaps() -> None:
    assert house_rules.records_are_numbered(path.name for path in (ROOT / "docs/decisions").iterdir()) == []


def test_every_decision_record_has_its_headings() -> None:
    assert problems(house_rules.records_have_their_headings, house_rules.sources("docs/decisions", "*.md")) == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_files_are_hashed_and_name_no_address(lock: str) -> None:
    assert house_rules.locks_are_hashed(Source(PurePosixPath(lock), (ROOT / lock).read_text())) == []


def test_every_setting_says_what_it_is() -> None:
    assert configuration_page.without_description() == []


def test_the_page_of_settings_is_that_of_the_settings_classes() -> None:
    written = configuration_page.PAGE.read_text()
    assert written == configuration_page.page(), "write it anew: .venv/bin/python -m tests.configuration_page"


LONG_FUNCTION = "def long():\n" + "    pass\n" * 50
BAD: list[tuple[Rule, str]] = [
    (house_rules.every_module_says_what_it_is, "x = 1\n"),
    (house_rules.every_module_says_what_it_is, '"""No full stop"""\n'),
    (house_rules.modules_are_short, "\n" * 401),
    (house_rules.functions_are_short, LONG_FUNCTION),
    (house_rules.functions_are_short, "class A:\n    " + LONG_FUNCTION.replace("\n", "\n    ")),
    (house_rules.functions_are_short, f"async {LONG_FUNCTION}"),
    (house_rules.services_do_not_know_the_tests, "import tests.fakes.manual_clock\n"),
    (house_rules.services_do_not_know_the_tests, "def f():\n    from tests import fakes\n"),
    (house_rules.protobuf_stays_at_the_border, "from switchroom.v1 import work_pb2\n"),
    (house_rules.protobuf_stays_at_the_border, "import switchroom.v1.work_pb2 as pb\n"),
    (house_rules.settings_stand_in_settings_files, "class S(pydantic_settings.BaseSettings): ...\n"),
    (house_rules.the_environment_is_read_by_settings, "import os\nx = os.environ['A']\n"),
    (house_rules.the_environment_is_read_by_settings, "from os import getenv\nx = getenv('A')\n"),
    (house_rules.nothing_is_left_unfinished, "x = 1  # TO" + "DO: more\n"),
    (house_rules.nothing_is_left_unfinished, "# FIX" + "ME\n"),
    (house_rules.core_hashes_nothing, "x = hash('a')\n"),
    (house_rules.core_counts_in_integers, "x = 0.5\n"),
    (house_rules.core_counts_in_integers, "x = 1e3\n"),
    (house_rules.core_counts_in_integers, "x = a / b\n"),
    (house_rules.core_counts_in_integers, "x /= b\n"),
    (house_rules.core_counts_in_integers, "x = float('1')\n"),
    (house_rules.core_counts_in_integers, "x: float\n"),
    (house_rules.core_has_no_set_order, "x = {1, 2}\n"),
    (house_rules.core_has_no_set_order, "x = {a for a in b}\n"),
    (house_rules.core_has_no_set_order, "for a in set(b):\n    pass\n"),
    (house_rules.core_has_no_set_order, "for i, a in enumerate(list(frozenset(b))):\n    pass\n"),
    (house_rules.core_has_no_set_order, "x = [a for a in set(b)]\n"),
    (house_rules.core_waits_for_nothing, "async def f(): ...\n"),
    (house_rules.core_waits_for_nothing, "await f()\n"),
    (house_rules.nothing_is_asserted, "assert x\n"),
    (house_rules.records_have_their_headings, "# 1. Title\n\n## Status\n\n## Context\n"),
    (house_rules.locks_are_hashed, "fastapi==1.0\n"),
    (house_rules.locks_are_hashed, "fastapi>=1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"),
    (house_rules.locks_are_hashed, "a @ https://example.com/a.whl \\\n    --hash=sha256:" + "0" * 64 + "\n"),
    (house_rules.locks_are_hashed, "--index-url https://example.com/simple\n"),
]
GOOD: list[tuple[Rule, str]] = [
    (house_rules.every_module_says_what_it_is, '"""One sentence.\n\nAnd why\n"""\n'),
    (house_rules.modules_are_short, "\n" * 400),
    (house_rules.functions_are_short, LONG_FUNCTION.replace("    pass\n", "", 1)),
    (house_rules.services_do_not_know_the_tests, "import testsuite\n"),
    (house_rules.protobuf_stays_at_the_border, "import switchroom_tools\n"),
    (house_rules.nothing_is_left_unfinished, "x = 'a to do list'\n"),
    (house_rules.core_counts_in_integers, "x = a // b + 10_000\n"),
    (house_rules.core_has_no_set_order, "for a in sorted(set(b)):\n    pass\n"),
    (house_rules.core_has_no_set_order, "x = {a: None for a in b}\ny = a in set(b)\n"),
    (
        house_rules.locks_are_hashed,
        "# by uv\na-b[c]==1.0 ; x > '3' \\\n    --hash=sha256:" + "0" * 64 + "\n    # via d\n",
    ),
]


def case_name(value: object) -> str:
    return getattr(value, "__name__", repr(value)[:30])


@pytest.mark.parametrize(("rule", "text"), BAD, ids=case_name)
def test_a_rule_sees_what_is_against_it_and_says_where_and_what_instead(rule: Rule, text: str) -> None:
    found = rule(source(text))
    assert found
    assert all(problem.startswith("services/router/core/example.py") for problem in found)
    assert all(";" in problem or ":" in problem.split(": ", 1)[1] for problem in found), "say what to do instead"


@pytest.mark.parametrize(("rule", "text"), GOOD, ids=case_name)
def test_a_rule_lets_pass_what_is_not_against_it(rule: Rule, text: str) -> None:
    assert rule(source(text)) == []


@pytest.mark.parametrize(
    "path",
    ["services/agents/utils.py", "services/helpers/mail.py", "services/shared/common.py", "services/x/manager.py"],
)
def test_a_name_that_says_nothing_is_seen(path: str) -> None:
    assert house_rules.names_say_something(source("", path))


def test_a_package_with_code_is_seen() -> None:
    assert house_rules.packages_are_empty(source("from services.router import app\n", "services/router/__init__.py"))


@pytest.mark.parametrize("path", ["services/router/log_codec.py", "services/router/grpc_api/work.py"])
def test_codecs_and_grpc_files_may_know_protobuf(path: str) -> None:
    assert house_rules.protobuf_stays_at_the_border(source("from switchroom.v1 import work_pb2\n", path)) == []


def test_functions_that_are_long_on_the_whole_are_seen() -> None:
    long = source("\n".join(f"def f{i}():\n" + "    pass\n" * 12 for i in range(3)))
    assert house_rules.functions_are_short_on_the_whole([long])
    assert house_rules.functions_are_short_on_the_whole([source("def f():\n    pass\n"), long, source("")])


@pytest.mark.parametrize(
    "names",
    [
        ["0001-a.md", "0003-c.md"],
        ["0001-a.md", "0001-b.md"],
        ["0002-b.md"],
        ["0001-a.md", "two.md"],
        ["0001-Loud.md"],
    ],
    ids=str,
)
def test_a_gap_in_the_numbers_of_the_records_is_seen(names: list[str]) -> None:
    assert house_rules.records_are_numbered(names)
