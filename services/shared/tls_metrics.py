"""Metrics of certificates, for whoever has to renew them: how long they are valid, and whether new ones are used."""

from prometheus_client import Gauge

from services.shared.environment import check_environment
from services.shared.settings import TlsSettings
from services.shared.tls_files import LEAST_BETWEEN_SERVICES, TlsFiles

LEFT_S = Gauge("switchroom_tls_certificate_left_seconds", "How long the certificate in use is valid", ["of"])
REFUSED = Gauge("switchroom_tls_files_refused", "1: the files of a certificate were changed and can't be used", ["of"])


def tls_of(settings: TlsSettings) -> TlsFiles | None:
    """The files of this process, measured; None where there are none. Raises TlsFilesWrong."""
    if settings.cert_file is None:
        return None
    files = TlsFiles(settings.cert_file, settings.key_file, settings.ca_file, least=LEAST_BETWEEN_SERVICES)
    measure(files, "services")
    return files


def tls_of_environment() -> TlsFiles | None:
    """The files that the environment names, for a command. Raises SettingsWrong, TlsFilesWrong."""
    check_environment(TlsSettings)
    return tls_of(TlsSettings())


def measure(files: TlsFiles, of: str) -> None:
    """Show these files in the metrics from now on, under a name; each look at the metrics looks at the files."""
    LEFT_S.labels(of).set_function(lambda: files.left_s)
    REFUSED.labels(of).set_function(lambda: float(files.refused))
