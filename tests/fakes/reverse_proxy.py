"""A reverse proxy on a port of its own, as they stand before ingest: over real HTTP, in front also over TLS."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

OURS = frozenset({"connection", "content-length", "host", "transfer-encoding", "keep-alive"})


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ReverseProxy:
    """Forwards what begins with `prefix`, without it, to `behind`. What clients said about proxies goes through too."""

    def __init__(self, prefix: str = "", certificate: "Certificate | None" = None) -> None:
        self.behind = ""
        self._prefix = prefix
        self._certificate = certificate
        self._client = httpx2.AsyncClient(timeout=60, trust_env=False)
        self._server = _Server(self._config())
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it is reached, with its prefix."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        front = "https://localhost" if self._certificate else "http://127.0.0.1"
        return f"{front}:{port}{self._prefix}"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        await self._client.aclose()

    def _config(self) -> uvicorn.Config:
        key = self._certificate.key_path if self._certificate else None
        certificate = self._certificate.path if self._certificate else None
        return uvicorn.Config(
            self._serve,
            interface="asgi3",
            port=0,
            lifespan="off",
            log_config=None,
            ssl_keyfile=key,
            ssl_certfile=certificate,
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["raw_path"].decode("latin-1")
        if not path.startswith(self._prefix):
            await Response("nothing is here", 404)(scope, receive, send)
            return
        await (await self._forwarded(Request(scope, receive), path.removeprefix(self._prefix)))(scope, receive, send)

    async def _forwarded(self, request: Request, path: str) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        headers = [(name, value) for name, value in request.headers.raw if name.decode() not in OURS]
        headers += [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-host", request.headers["host"].encode())]
        url = f"{self.behind}{path}" + (f"?{query}" if query else "")
        answer = await self._client.request(request.method, url, content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code, {"content-type": answer.headers.get("content-type", "")})


class Certificate:
    """For localhost, signed by itself, in two files; `trust` is what a client needs to accept it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.key_path = folder / "certificate.pem", folder / "key.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        plain = serialization.NoEncryption()
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.key_path.write_bytes(key.private_bytes(pem, form, plain))
        self.path.write_bytes(_signed_by_itself(key).public_bytes(pem))

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.path)


def _signed_by_itself(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
