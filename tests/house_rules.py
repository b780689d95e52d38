"""The house rules that no linter knows; each takes a source and returns what is wrong and what to do instead."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import median

ROOT = Path(__file__).parent.parent

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
FUNCTION_LINES_MEDIAN_MAX = 12
NAMES_THAT_SAY_NOTHING = ("util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "base")
CORE = PurePosixPath("services/router/core")
# What settings are made of.
SETTINGS = ("BaseSettings", "EnvironmentSettings", "ServiceSettings")
MAKES_SETTINGS = PurePosixPath("services/shared/environment.py")
PROTOBUF_HOMES = ("log_codec", "grpc_api", "grpc_client")
# Written in two halves, so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
RECORD_NAME = re.compile(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md")
RECORD_HEADINGS = ("Status", "Context", "Decision", "Alternatives considered", "Consequences")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """A file: where it is (from the project's root) and what it says."""

    path: PurePosixPath
    text: str

    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree())

    def at(self, node: ast.AST, says: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {says}"


Rule = Callable[[Source], list[str]]


def sources(folder: str, *patterns: str) -> list[Source]:
    """The files of a folder that match, sorted."""
    found = {path for pattern in patterns for path in (ROOT / folder).rglob(pattern) if path.is_file()}
    written = sorted(path for path in found if "__pycache__" not in path.parts)
    return [Source(PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text()) for path in written]


def modules(folder: str = "services") -> list[Source]:
    return sources(folder, "*.py")


def core_modules() -> list[Source]:
    return modules(str(CORE))


def every_module_says_what_it_is(source: Source) -> list[str]:
    if source.path.name == "__init__.py":
        return []
    said = ast.get_docstring(source.tree()) or ""
    if said.split("\n\n")[0].rstrip().endswith("."):
        return []
    return [f"{source.path}:1: open the module with a docstring: one sentence that says what it is, with a full stop"]


def packages_are_empty(source: Source) -> list[str]:
    if source.path.name != "__init__.py" or not source.text.strip():
        return []
    return [f"{source.path}:1: leave __init__.py empty; import from the module that defines the name"]


def modules_are_short(source: Source) -> list[str]:
    lines = len(source.text.splitlines())
    if lines <= MODULE_LINES_MAX:
        return []
    return [f"{source.path}: {lines} lines; move one of its ideas to a module of its own ({MODULE_LINES_MAX} at most)"]


def functions_are_short(source: Source) -> list[str]:
    return [
        source.at(node, f"{node.name} has {lines} lines; give a part of it a name ({FUNCTION_LINES_MAX} at most)")
        for node, lines in function_lengths(source)
        if lines > FUNCTION_LINES_MAX
    ]


def function_lengths(source: Source) -> list[tuple[FunctionNode, int]]:
    """Each function with its lines, from def to end."""
    functions = [node for node in source.nodes() if isinstance(node, FunctionNode)]
    return [(node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions]


def functions_are_short_on_the_whole(all_sources: Iterable[Source]) -> list[str]:
    lengths = [lines for source in all_sources for _, lines in function_lengths(source)]
    middle = median(lengths) if lengths else 0
    if middle <= FUNCTION_LINES_MEDIAN_MAX:
        return []
    return [f"half of the functions have over {middle} lines; write smaller ones ({FUNCTION_LINES_MEDIAN_MAX} at most)"]


def names_say_something(source: Source) -> list[str]:
    empty = [part for part in source.path.with_suffix("").parts if part in NAMES_THAT_SAY_NOTHING]
    return [f"{source.path}: {part!r} says nothing; name the module for the idea that is in it" for part in empty]


def services_do_not_know_the_tests(source: Source) -> list[str]:
    return [
        source.at(node, f"imports {name}; what services and tests share belongs under services/")
        for node, name in imports(source)
        if name.split(".")[0] == "tests"
    ]


def protobuf_stays_at_the_border(source: Source) -> list[str]:
    if any(part in PROTOBUF_HOMES for part in source.path.with_suffix("").parts):
        return []
    return [
        source.at(node, f"imports {name}; decode it to our own types in log_codec.py, grpc_api or grpc_client.py")
        for node, name in imports(source)
        if name.split(".")[0] == "switchroom"
    ]


def imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Each name that is imported, whole."""
    for node in source.nodes():
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def settings_stand_in_settings_files(source: Source) -> list[str]:
    if source.path.name == "settings.py" or source.path == MAKES_SETTINGS:
        return []
    return [
        source.at(node, f"{node.name} is read from the environment; move it to the service's settings.py")
        for node in source.nodes()
        if isinstance(node, ast.ClassDef) and any(name_of(base) in SETTINGS for base in node.bases)
    ]


def the_environment_is_read_by_settings(source: Source) -> list[str]:
    return [
        source.at(node, "reads the environment; add a field to the service's settings.py and pass it in")
        for node in source.nodes()
        if isinstance(node, ast.Attribute | ast.Name) and name_of(node) in ("environ", "getenv")
    ]


def nothing_is_left_unfinished(source: Source) -> list[str]:
    return [
        f"{source.path}:{number}: {found.group()}; do it, or say in docs/ what there is not yet"
        for number, line in enumerate(source.text.splitlines(), 1)
        if (found := UNFINISHED.search(line))
    ]


def core_hashes_nothing(source: Source) -> list[str]:
    return [
        source.at(node, "hash() differs between processes; compare the values themselves, or use them as dict keys")
        for node in source.nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash"
    ]


def core_counts_in_integers(source: Source) -> list[str]:
    return [
        source.at(node, "no floats: use an integer with its unit in the name, and // for division")
        for node in source.nodes()
        if is_float(node)
    ]


def is_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case ast.Call(func=ast.Name(id="float")) | ast.Name(id="float"):
            return True
        case _:
            return False


def core_has_no_set_order(source: Source) -> list[str]:
    says = "the order of a set differs between processes; use a tuple or a dict, or sort it first"
    written = [node for node in source.nodes() if isinstance(node, ast.Set | ast.SetComp)]
    walked = [node for node in walked_over(source) if is_set_call(node)]
    return [source.at(node, says) for node in (*written, *walked)]


def walked_over(source: Source) -> Iterator[ast.expr]:
    """What loops and comprehensions go over, also inside list(), tuple(), enumerate() and the like."""
    for node in source.nodes():
        if isinstance(node, ast.For | ast.comprehension):
            yield from unwrapped(node.iter)


def unwrapped(node: ast.expr) -> Iterator[ast.expr]:
    yield node
    if isinstance(node, ast.Call) and name_of(node.func) in ("list", "tuple", "enumerate", "reversed", "iter", "zip"):
        for argument in node.args:
            yield from unwrapped(argument)


def is_set_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) in ("set", "frozenset")


def core_waits_for_nothing(source: Source) -> list[str]:
    waits = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    return [
        source.at(node, "the core is synchronous; wait in the shell and hand the result in as a command")
        for node in source.nodes()
        if isinstance(node, waits)
    ]


def nothing_is_asserted(source: Source) -> list[str]:
    return [
        source.at(
            node, "python -O removes assert; raise an error that says what is broken (in the core InvariantBroken)"
        )
        for node in source.nodes()
        if isinstance(node, ast.Assert)
    ]


def name_of(node: ast.expr) -> str:
    """The last part of a dotted name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def records_are_numbered(names: Iterable[str]) -> list[str]:
    """Decision records: 0001-words.md and on, without gaps."""
    ordered = sorted(names)
    misnamed = [name for name in ordered if not RECORD_NAME.fullmatch(name)]
    numbers = [int(name[:4]) for name in ordered if name not in misnamed]
    problems = [f"docs/decisions/{name}: name it like 0001-one-distribution.md" for name in misnamed]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"docs/decisions: the numbers are {numbers}; number the records from 0001 on without gaps")
    return problems


def records_have_their_headings(source: Source) -> list[str]:
    headings = tuple(line[3:].strip() for line in source.text.splitlines() if line.startswith("## "))
    if headings == RECORD_HEADINGS:
        return []
    return [f"{source.path}: its headings are {headings}; write {RECORD_HEADINGS}, in this order"]


def locks_are_hashed(source: Source) -> list[str]:
    """Every requirement pinned with a hash, and no address in it."""
    lines = [
        line for line in source.text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")
    ]
    unhashed = [line for line in lines if not re.match(r"[A-Za-z0-9._\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)]
    addressed = [line for line in source.text.splitlines() if "://" in line or line.startswith(("-", "--"))]
    return [f"{source.path}: {line.split()[0]} is not pinned with a hash; run make lock" for line in unhashed] + [
        f"{source.path}: {line.strip()!r} is an address or an option; run make lock" for line in addressed
    ]
