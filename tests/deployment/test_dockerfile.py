"""The Dockerfile: linted, and pinned."""

import re
import subprocess
import sys
from pathlib import Path

from tests.house_rules import ROOT

DOCKERFILE = ROOT / "Dockerfile"
TEXT = DOCKERFILE.read_text()


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "")


def test_the_base_is_of_one_version() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim-[a-z]+$", TEXT, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {"${PYTHON_IMAGE}", "locked"}


def test_everything_that_is_installed_is_known_by_its_hash() -> None:
    installs = re.findall(r"pip --python \S+ install (.*?)(?:\n\n|\n&&| && |\nRUN|\n# |\Z)", TEXT, re.DOTALL)
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_the_build_sees_what_the_image_is_made_of_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    copied = " ".join(re.findall(r"^COPY (?!--from)(?:--chmod=\d+ )?(.*) \S+$", TEXT, re.MULTILINE)).split()
    let_in = {line.removeprefix("!").removesuffix("/*") for line in lines if line.startswith("!")}
    assert {path if not path.startswith("deploy/image/") else "deploy/image" for path in copied} == let_in
