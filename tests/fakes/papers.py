"""Papers of processes, as a CA gives them out: good ones, and such as nobody should let in."""

import ssl
from datetime import timedelta
from pathlib import Path

from services.cli.authority import CA, CERT, KEY, Authority, Pair, write_pair
from services.shared.service_names import dns_name
from services.shared.tls_files import LEAST_BETWEEN_SERVICES, TlsFiles

DAY = timedelta(days=1)


def put_papers(folder: Path, authority: Authority, service: str, valid: timedelta = DAY) -> Pair:
    """New files of a service in this folder, by this CA, which they trust."""
    pair = authority.certify(dns_name(service), valid=valid)
    write_pair(folder, authority, pair)
    return pair


def files_in(folder: Path) -> TlsFiles:
    """What a process makes of them."""
    return TlsFiles(folder / CERT, folder / KEY, folder / CA, least=LEAST_BETWEEN_SERVICES)


def client_context(folder: Path) -> ssl.SSLContext:
    """A client that shows what is in the folder, however bad it is: our own code would not start with it."""
    context = ssl.create_default_context(cafile=folder / CA)
    context.load_cert_chain(folder / CERT, folder / KEY)
    return context
