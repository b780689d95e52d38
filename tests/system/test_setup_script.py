"""`make setup` on machines that lack something: it says the one command that brings it."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

TOO_OLD = "#!/bin/sh\nexit 1\n"
# Takes the question for its version, and fails at `import venv, ensurepip`.
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n'


def set_up(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/setup in a folder of its own, where every python is that one."""
    (folder / "scripts").mkdir()
    (folder / "bin").mkdir()
    for name in ("scripts/setup", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (folder / "bin" / name).write_text(python)
        (folder / "bin" / name).chmod(0o755)
    environment = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
    command = ["/bin/sh", "scripts/setup", "requirements.lock"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def test_without_a_python_that_suits_it_says_which_ones_do(tmp_path: Path) -> None:
    ended = set_up(tmp_path, TOO_OLD)

    assert ended.returncode != 0
    assert "Python 3.11 to 3.14" in ended.stderr
    assert "sudo apt-get install python3 python3-venv" in ended.stderr


def test_without_venv_it_says_the_one_command_that_brings_it(tmp_path: Path) -> None:
    ended = set_up(tmp_path, WITHOUT_VENV)

    assert ended.returncode != 0
    assert ended.stderr.strip().endswith("sudo apt-get install python3-venv")
    assert not (tmp_path / ".venv").exists()
