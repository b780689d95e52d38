"""The demonstration's system where its services are processes: known from the variables that they themselves read."""

from services.cli.carrier.settings import CarrierSettings
from services.cli.demonstration.people import make_keys
from services.cli.demonstration.persistence import Persistence
from services.cli.demonstration.settings import DemonstrationSettings
from services.cli.demonstration.system import System, Where
from services.ingest.settings import IngestSettings
from services.shared.environment import check_environment
from services.shared.mongo_document_store import MongoDocumentStore
from services.shared.settings import ConnectionSettings, TlsSettings
from services.shared.tls_metrics import tls_of


def check() -> DemonstrationSettings:
    """What the environment tells of the system. Raises SettingsWrong when it does not tell enough."""
    check_environment(DemonstrationSettings, ConnectionSettings, IngestSettings, TlsSettings)
    settings = DemonstrationSettings()
    if settings.carrier_url:
        check_environment(CarrierSettings)
    return settings


async def system_of_processes(settings: DemonstrationSettings) -> System:
    """The system. Its people get new keys each time: nobody has those of before. Raises StoreUnavailable."""
    ingest = IngestSettings()
    connections, persistence = ConnectionSettings(), Persistence(settings.outage_s)
    documents = await persistence.keep_trying(
        lambda: MongoDocumentStore.open(connections.mongo_url.get_secret_value(), connections.mongo_database)
    )
    try:
        keys = await persistence.keep_trying(lambda: make_keys(documents))
    finally:
        await documents.close()
    return System(
        where(settings),
        keys,
        ingest.ids_key_bytes,
        CarrierSettings().control_key.get_secret_value() if settings.carrier_url else "",
        ingest.documents_folder,
        "Four services run as processes of their own",
        persistence=persistence,
        tls=tls_of(TlsSettings()),
    )


def where(settings: DemonstrationSettings) -> Where:
    """Where everything is."""
    return Where(
        agents=settings.agents_url,
        ingest=settings.ingest_url,
        reporting=settings.reporting_url,
        router=settings.router_url,
        router_grpc=settings.router_address,
        smtp=settings.smtp_address,
        carrier=settings.carrier_url,
    )
