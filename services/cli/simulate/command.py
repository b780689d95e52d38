"""`switchroom simulate` as a program: the answer to standard output, progress and what went wrong to standard error."""

import sys
from collections.abc import Callable
from pathlib import Path

from services.cli.simulate.picture import as_picture
from services.cli.simulate.scenario import CannotSimulate
from services.cli.simulate.table import as_json, as_table
from services.cli.simulate.whatif import Question, answer


def simulate(question: Question, picture: Path | None, write: Callable[[str], None], *, json: bool) -> int:
    """The exit status: 0, or 1 when it can't be simulated."""
    try:
        comparison = answer(question, _say)
        if picture is not None:
            picture.write_text(as_picture(comparison))
            _say(f"The picture is in {picture}.")
    except (CannotSimulate, OSError) as error:
        _say(str(error))
        return 1
    write(as_json(comparison) if json else as_table(comparison))
    return 0


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
