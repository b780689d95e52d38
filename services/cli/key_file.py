"""The secrets of a system whose services are processes of their own, as lines of an environment file."""

from services.cli.carrier.subscription import make_subscription
from services.cli.data_folder import make_secrets

HEAD = """\
# Made by `switchroom keys`. Whoever has this file is the system: let its operators read it, and nobody else.
# Keep it: with other keys redeliveries become new contacts, and customers are no longer known again.
"""


def key_file(*, with_carrier: bool = False) -> str:
    """New secrets, each under the variable of every service that needs it; no value needs quoting anywhere."""
    return HEAD + "".join(f"{variable}={value}\n" for variable, value in _keys(with_carrier=with_carrier).items())


def _keys(*, with_carrier: bool) -> dict[str, str]:
    made = make_secrets()
    public_key = _line(made.token_public_key)
    keys = {
        "SWITCHROOM_INGEST_IDS_KEY": made.ids_key,
        "SWITCHROOM_ROUTER_CUSTOMERS_KEY": made.customers_key,
        "SWITCHROOM_ROUTER_TOKEN_PUBLIC_KEY": public_key,
        "SWITCHROOM_AGENTS_PRIVATE_KEY": _line(made.token_private_key),
        "SWITCHROOM_AGENTS_PUBLIC_KEY": public_key,
        "SWITCHROOM_AGENTS_SESSION_SECRET": made.session_secret,
        "SWITCHROOM_REPORTING_TOKEN_PUBLIC_KEY": public_key,
    }
    return keys | (_carrier_keys() if with_carrier else {})


def _carrier_keys() -> dict[str, str]:
    ours = make_subscription()
    return {
        "SWITCHROOM_CARRIER_ACCOUNT_SID": ours.account_sid,
        "SWITCHROOM_CARRIER_AUTH_TOKEN": ours.auth_token,
        "SWITCHROOM_CARRIER_CONTROL_KEY": ours.control_key,
        "SWITCHROOM_INGEST_TWILIO_ACCOUNT_SID": ours.account_sid,
        "SWITCHROOM_INGEST_TWILIO_AUTH_TOKEN": ours.auth_token,
    }


def _line(pem: str) -> str:
    """The one line of an Ed25519 key's PEM that says all."""
    return pem.splitlines()[1]
