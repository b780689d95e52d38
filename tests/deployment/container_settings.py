"""What containers are told, wherever they run: the settings of each, and secrets as they are made by hand."""

from services.agents.settings import AgentsSettings
from services.cli.carrier.settings import CarrierSettings
from services.cli.key_file import key_file
from services.ingest.settings import IngestSettings
from services.reporting.settings import ReportingSettings
from services.router.settings import RouterSettings
from services.shared.environment import ServiceSettings

KINDS: dict[str, type[ServiceSettings]] = {
    "ingest": IngestSettings,
    "router": RouterSettings,
    "agents": AgentsSettings,
    "reporting": ReportingSettings,
    "carrier": CarrierSettings,
}


def keys() -> dict[str, str]:
    """As `switchroom keys --carrier` prints them."""
    lines = key_file(with_carrier=True).splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


KEYS = keys()
STORES = {
    "SWITCHROOM_MONGO_URL": "mongodb://switchroom:secret@mongodb:27017/?replicaSet=rs0&authSource=switchroom",
    "SWITCHROOM_KAFKA_USERNAME": "switchroom",
    "SWITCHROOM_KAFKA_PASSWORD": "secret",
    "SWITCHROOM_S3_ACCESS_KEY": "key",
    "SWITCHROOM_S3_SECRET_KEY": "secret",
}
# By the name of the Secret: docs/deployment.md makes them so.
SECRETS: dict[str, dict[str, str]] = {
    "connections": STORES,
    "mongodb": {"MONGO_ROOT_PASSWORD": "secret", "MONGO_PASSWORD": "secret", "MONGO_KEY": "secret"},
    **{
        name: {
            variable: value for variable, value in KEYS.items() if variable.startswith(f"SWITCHROOM_{name.upper()}_")
        }
        for name in KINDS
    },
}
