"""All four services in one process, on files in one folder: no server, no account, nothing else to install."""

from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from services.agents import app as agents
from services.agents.settings import AgentsSettings
from services.cli.archived_log import objects_of, with_archive
from services.cli.carrier import app as simulated_carrier
from services.cli.carrier.app import CarrierPart, numbers_of
from services.cli.carrier.mail_desk import Mails
from services.cli.carrier.settings import CarrierSettings, NumberSettings
from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.stage import Stage
from services.ingest import app as ingest
from services.ingest.mail.inbox import Inbox
from services.ingest.settings import IngestSettings
from services.reporting import app as reporting
from services.reporting.settings import ReportingSettings
from services.router import app as router
from services.router.grpc_api.server import GrpcPart
from services.router.settings import RouterSettings
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.serve import HttpPart, Part, background, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.sqlite_event_log import SqliteEventLog

P = TypeVar("P")
F = TypeVar("F", SqliteEventLog, SqliteDocumentStore)


@dataclass(frozen=True, slots=True)
class Ports:
    """The first port that each tries; with `next_free` it takes the next that is free."""

    host: str = "127.0.0.1"
    agents: int = 8080
    ingest: int = 8081
    smtp: int = 8025
    router_grpc: int = 8082
    router_http: int = 8084
    reporting: int = 8083
    relay: int = 2525
    carrier: int = 8085
    next_free: bool = True


@dataclass(frozen=True, slots=True)
class Others:
    """The ports of the services that the agents service knows."""

    router_grpc: int
    reporting: int
    ingest: int
    carrier: int


class Embedded:
    """A part: the whole system. Once started, `addresses` tells where it listens.

    Only in a demonstration and in tests: `stage`, the simulated `carrier`, and the customers' `mails` that it shows.
    """

    def __init__(
        self,
        folder: DataFolder,
        ports: Ports,
        stage: Stage | None = None,
        *,
        carrier: bool = False,
        mails: Mails | None = None,
    ) -> None:
        self.addresses: Addresses | None = None
        self.connections: Connections | None = None
        self._folder = folder
        self._ports = ports
        self._stage = stage
        self._with_carrier = carrier
        self._mails = mails
        self._running: list[Part] = []
        self._files: list[SqliteEventLog | SqliteDocumentStore] = []

    async def start(self) -> None:
        """Open the files and start the services, the router first. The folder is locked already."""
        self.connections = connections = await self._open(self._folder.path)
        await self._started([background(connections.watch.look_on, "followers")])
        router_parts = await self._start(router.build(self._router_settings(), connections))
        grpc_port = part_of(GrpcPart, router_parts).port
        carrier_parts = await self._started(self._carrier_parts()) if self._with_carrier else []
        carrier_port = part_of(HttpPart, carrier_parts).port if carrier_parts else 0
        ingest_parts = await self._start(ingest.build(self._ingest_settings(carrier_port), connections))
        if carrier_parts:
            numbers = _numbers(f"http://{self._ports.host}:{part_of(HttpPart, ingest_parts).port}")
            part_of(CarrierPart, carrier_parts).exchange.set_up(numbers_of({}, numbers))
            part_of(CarrierPart, carrier_parts).send_mail_to(self._ports.host, part_of(Inbox, ingest_parts).port)
        reporting_parts = await self._start(reporting.build(self._reporting_settings(), connections))
        # The last, as it calls or shows all the others.
        reporting_port, ingest_port = (part_of(HttpPart, parts).port for parts in (reporting_parts, ingest_parts))
        others = Others(grpc_port, reporting_port, ingest_port, carrier_port)
        agents_parts = await self._start(agents.build(self._agents_settings(others), connections))
        self.addresses = Addresses(
            host=self._ports.host,
            agents=part_of(HttpPart, agents_parts).port,
            ingest=part_of(HttpPart, ingest_parts).port,
            smtp=part_of(Inbox, ingest_parts).port,
            router_grpc=grpc_port,
            router_http=part_of(HttpPart, router_parts).port,
            reporting=part_of(HttpPart, reporting_parts).port,
            relay=self._ports.relay,
            carrier=carrier_port,
        )
        self._folder.set_running(self.addresses)

    async def stop(self) -> None:
        """Stop the services, then close the files."""
        await stop_all(self._running)
        for file in reversed(self._files):
            await file.close()
        self._folder.unlock()

    async def _open(self, path: Path) -> Connections:
        inbound = await self._keep(SqliteEventLog.open(path / "contacts-inbound.sqlite"))
        outbound = await self._keep(SqliteEventLog.open(path / "contacts-outbound.sqlite"))
        router_log = await self._keep(SqliteEventLog.open(path / "router-log.sqlite"))
        documents = await self._keep(SqliteDocumentStore.open(path / "documents.sqlite"))
        blobs = FileBlobStore(path / "blobs")
        archived = with_archive(router_log, path)
        return Connections(inbound, outbound, archived, documents, blobs, objects=objects_of(path))

    async def _keep(self, opening: Awaitable[F]) -> F:
        file = await opening
        self._files.append(file)
        return file

    async def _start(self, building: Awaitable[list[Part]]) -> list[Part]:
        return await self._started(await building)

    async def _started(self, parts: list[Part]) -> list[Part]:
        for part in parts:
            self._running.append(part)
            await part.start()
        return parts

    def _router_settings(self) -> RouterSettings:
        secrets, ports = self._folder.secrets(), self._ports
        return RouterSettings(
            grpc_host=ports.host,
            grpc_port=ports.router_grpc,
            http_host=ports.host,
            http_port=ports.router_http,
            next_free_port=ports.next_free,
            token_public_key=secrets.token_public_key,
            customers_key=SecretStr(secrets.customers_key),
        )

    def _carrier_parts(self) -> list[Part]:
        ours, ports = subscription_of(self._folder), self._ports
        return simulated_carrier.build(
            CarrierSettings(
                account_sid=ours.account_sid,
                auth_token=SecretStr(ours.auth_token),
                control_key=SecretStr(ours.control_key),
                host=ports.host,
                port=ports.carrier,
                next_free_port=ports.next_free,
                open_pages=self._stage is not None,
                framed_by=self._stage.framed_by if self._stage else (),
                dial_suggestions=self._stage.numbers_to_call if self._stage else (),
                text_suggestions=self._stage.numbers_to_text if self._stage else (),
                mail_suggestions=self._stage.mailboxes if self._stage else (),
            ),
            mails=self._mails,
        )

    def _twilio(self, carrier_port: int) -> dict[str, Any]:
        """What ingest is told of its account: where there is no carrier here, what the environment says."""
        if not carrier_port:
            return {}
        ours = subscription_of(self._folder)
        return {
            "twilio_account_sid": ours.account_sid,
            "twilio_auth_token": SecretStr(ours.auth_token),
            "twilio_base_url": f"http://{self._ports.host}:{carrier_port}",
        }

    def _ingest_settings(self, carrier_port: int) -> IngestSettings:
        ports = self._ports
        return IngestSettings(
            ids_key=SecretStr(self._folder.secrets().ids_key),
            http_host=ports.host,
            http_port=ports.ingest,
            smtp_host=ports.host,
            smtp_port=ports.smtp,
            relay_host=ports.host,
            relay_port=ports.relay,
            documents_folder=self._folder.path / "documents",
            **self._twilio(carrier_port),
            next_free_port=ports.next_free,
            allowed_origins=self._stage.framed_by if self._stage else (),
        )

    def _agents_settings(self, others: Others) -> AgentsSettings:
        secrets, ports = self._folder.secrets(), self._ports
        return AgentsSettings(
            host=ports.host,
            port=ports.agents,
            next_free_port=ports.next_free,
            router_address=f"{ports.host}:{others.router_grpc}",
            reporting_url=f"http://{ports.host}:{others.reporting}",
            open_floor_tenant=self._stage.tenant if self._stage else "",
            try_frames=self._stage.frames(*map(self._url, (others.ingest, others.carrier))) if self._stage else (),
            private_key=SecretStr(secrets.token_private_key),
            public_key=secrets.token_public_key,
            session_secret=SecretStr(secrets.session_secret),
        )

    def _url(self, port: int) -> str:
        return f"http://{self._ports.host}:{port}" if port else ""

    def _reporting_settings(self) -> ReportingSettings:
        ports = self._ports
        return ReportingSettings(
            host=ports.host,
            port=ports.reporting,
            next_free_port=ports.next_free,
            token_public_key=self._folder.secrets().token_public_key,
        )


def _numbers(ingest_url: str) -> NumberSettings:
    """What is set up at the carrier for the application's numbers."""
    hooks = f"{ingest_url}/twilio"
    return NumberSettings(voice_url=f"{hooks}/voice", status_callback=f"{hooks}/voice/status", sms_url=f"{hooks}/sms")


def part_of(kind: type[P], parts: list[Part]) -> P:
    """The part of that kind."""
    return next(part for part in parts if isinstance(part, kind))
