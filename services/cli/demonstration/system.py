"""The Switchroom that the demonstration is played on: where it is, and what only its owner knows of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.people import Keys, keys_of
from services.cli.demonstration.persistence import AT_ONCE, Persistence
from services.shared.tls_files import TlsFiles


class DemonstrationFailed(Exception):
    """It could not be shown; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Where:
    """The URLs of the services; `router_grpc` and `smtp` are host:port. `carrier`: the simulated one; "": none."""

    agents: str
    ingest: str
    reporting: str
    router: str
    router_grpc: str
    smtp: str
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """`runs`: how, in a sentence. `log`: the file that it logs to, if there is one to look into.

    `ids_key` makes the ids of contacts; `control_key` opens the carrier's telephones; what is put into `documents` is
    a fax or a letter (None: nothing takes any).
    """

    where: Where
    keys: Keys
    ids_key: bytes
    control_key: str
    documents: Path | None
    runs: str
    log: str = ""
    persistence: Persistence = AT_ONCE
    tls: TlsFiles | None = None


Find = Callable[[], Awaitable[System]]


def where(addresses: Addresses) -> Where:
    """Of services on one machine."""
    return Where(
        agents=addresses.url(addresses.agents),
        ingest=addresses.url(addresses.ingest),
        reporting=addresses.url(addresses.reporting),
        router=addresses.url(addresses.router_http),
        router_grpc=f"{addresses.host}:{addresses.router_grpc}",
        smtp=f"{addresses.host}:{addresses.smtp}",
        carrier=addresses.url(addresses.carrier) if addresses.carrier else "",
    )


async def system_on(folder: DataFolder) -> System:
    """What runs on a folder. Raises DemonstrationFailed when nothing does."""
    addresses = folder.running()
    if addresses is None:
        raise DemonstrationFailed(f"nothing runs on {folder.path}: start `switchroom up` or `demo` on it")
    return System(
        where(addresses),
        await keys_of(folder),
        bytes.fromhex(folder.secrets().ids_key),
        subscription_of(folder).control_key,
        folder.path / "documents",
        f"Four services run in one process, on files in {folder.path}",
        str(folder.log_path) if folder.log_path.exists() else "",
    )
