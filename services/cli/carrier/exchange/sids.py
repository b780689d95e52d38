"""The names that a carrier gives to things: two letters and 32 hexadecimal digits."""

import re
import secrets
from collections.abc import Callable

CALL, MESSAGE, EVENT, RECORDING = "CA", "SM", "EV", "RE"
ACCOUNT = re.compile(r"AC[0-9a-f]{32}")

# Makes a new one with these two letters.
NewSid = Callable[[str], str]


def random_sid(letters: str) -> str:
    """One that nobody guesses."""
    return letters + secrets.token_hex(16)
