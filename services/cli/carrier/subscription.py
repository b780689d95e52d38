"""What a folder has with the simulated carrier: an account, and the key to its telephones."""

import secrets
from dataclasses import asdict, dataclass

from services.cli.data_folder import DataFolder

FILE = "carrier.json"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Made at the first start. Whoever has the token is the carrier; whoever has the key has every telephone."""

    account_sid: str
    auth_token: str
    control_key: str


def subscription_of(folder: DataFolder) -> Subscription:
    """The folder's, made when there is none and kept there, readable by its owner only."""
    if (kept := folder.read(FILE)) is not None:
        return Subscription(**kept)
    made = make_subscription()
    folder.write(FILE, asdict(made))
    return made


def make_subscription() -> Subscription:
    """A new one."""
    return Subscription(f"AC{secrets.token_hex(16)}", secrets.token_hex(16), secrets.token_hex(32))
