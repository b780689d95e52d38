"""A certificate, its key and who is trusted, in files: read anew when they change, and taken if they fit together."""

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog
from cryptography import x509

from services.shared.clock import Clock, SystemClock

MS_PER_S = 1000
# Both ends are ours, so nothing older has to be spoken.
LEAST_BETWEEN_SERVICES = ssl.TLSVersion.TLSv1_3

log = structlog.get_logger(__name__)


class TlsFilesWrong(OSError):
    """Files of TLS that can't be used; says which, and why."""


@dataclass(frozen=True, slots=True, repr=False)
class TlsPapers:
    """What is in the files, as PEM, and two contexts made of it. `ends_at_s`: until when it is valid (since 1970)."""

    certificate: bytes
    key: bytes
    authorities: bytes
    ends_at_s: float
    client: ssl.SSLContext
    server: ssl.SSLContext


class TlsFiles:
    """Looks at its files whenever it is asked: a few microseconds, so that nobody has to watch them.

    New files that can't be used (half written, a key of another certificate, ended) are said in the log, once, and
    those of before stay in use. May be asked by any thread.
    """

    def __init__(
        self,
        cert_file: Path | None,
        key_file: Path | None,
        ca_file: Path | None,
        *,
        least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
        clock: Clock | None = None,
    ) -> None:
        """No certificate: a client that does not say who it is. No authorities: the machine's. Raises TlsFilesWrong."""
        self._cert_file, self._key_file, self._ca_file = cert_file, key_file, ca_file
        self._least = least
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._refused = False
        self._seen = self._look()
        self._papers = self._read()

    def now(self) -> TlsPapers:
        """What is in force at this moment."""
        with self._lock:
            if (seen := self._look()) != self._seen:
                self._seen = seen
                self._take()
            return self._papers

    @property
    def refused(self) -> bool:
        """Whether what stands in the files now can't be used."""
        self.now()
        return self._refused

    @property
    def left_s(self) -> float:
        """For how many seconds more the certificate in force is valid."""
        return self.now().ends_at_s - self._clock.wall_ms() / MS_PER_S

    def _take(self) -> None:
        try:
            self._papers = self._read()
        except TlsFilesWrong as wrong:
            self._refused = True
            log.error("tls_files_refused", error=str(wrong), left_s=round(self._left_s()))
            return
        self._refused = False
        log.info("tls_files_taken", file=str(self._cert_file or self._ca_file), left_s=round(self._left_s()))

    def _left_s(self) -> float:
        return self._papers.ends_at_s - self._clock.wall_ms() / MS_PER_S

    def _look(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp(file) for file in (self._cert_file, self._key_file, self._ca_file))

    def _read(self) -> TlsPapers:
        try:
            papers = self._read_all()
        except (OSError, ValueError) as error:  # of ssl and of cryptography, too
            files = ", ".join(str(file) for file in (self._cert_file, self._key_file, self._ca_file) if file)
            raise TlsFilesWrong(f"the files of TLS can't be used ({files}): {error}") from error
        if papers.ends_at_s <= self._clock.wall_ms() / MS_PER_S:
            raise TlsFilesWrong(f"the certificate in {self._cert_file} has ended: put a new one there")
        return papers

    def _read_all(self) -> TlsPapers:
        certificate, key, authorities = (_bytes(file) for file in (self._cert_file, self._key_file, self._ca_file))
        return TlsPapers(
            certificate,
            key,
            authorities,
            _ends_at_s(certificate),
            self._context(ssl.PROTOCOL_TLS_CLIENT, authorities),
            self._context(ssl.PROTOCOL_TLS_SERVER, authorities),
        )

    def _context(self, side: int, authorities: bytes) -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.minimum_version = self._least
        context.verify_mode = ssl.CERT_REQUIRED
        # A session that is taken up again would not be asked who it is.
        if side == ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0
        if self._ca_file is not None:
            context.load_verify_locations(cadata=authorities.decode())
        else:
            context.load_default_certs()
        if self._cert_file is not None:
            context.load_cert_chain(self._cert_file, self._key_file)
        return context


class LiveContext(ssl.SSLContext):
    """A context for asyncio, both sides: each new connection goes by the files as they are at that moment."""

    _files: TlsFiles

    def __new__(cls, files: TlsFiles, side: int = ssl.PROTOCOL_TLS_CLIENT) -> Self:
        """`side`: ssl.PROTOCOL_TLS_CLIENT or _SERVER."""
        context = super().__new__(cls, side)
        context._files = files
        return context

    def __init__(self, files: TlsFiles, side: int = ssl.PROTOCOL_TLS_CLIENT) -> None:
        """Nothing is left to do: `__new__` did it."""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """What asyncio calls for each connection."""
        papers = self._files.now()
        context = papers.server if server_side else papers.client
        return context.wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def _stamp(file: Path | None) -> tuple[int, int, int] | None:
    """Changes with the file; a mounted secret changes by a link, and so by its number."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None


def _bytes(file: Path | None) -> bytes:
    return file.read_bytes() if file else b""


def _ends_at_s(certificate: bytes) -> float:
    """Of the first in a chain, which is ours."""
    if not certificate:
        return float("inf")
    return x509.load_pem_x509_certificates(certificate)[0].not_valid_after_utc.timestamp()
