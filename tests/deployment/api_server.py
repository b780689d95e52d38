"""A real Kubernetes API server with its etcd, on loopback, without nodes: what it takes, a cluster would take."""

import json
import os
import secrets
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.server_process import ServerProcess, free_port

READY_WITHIN_S = 90.0
POLL_S = 0.2
CALL_S = 30
FIELD_MANAGER = "switchroom-tests"
APPLY = "application/apply-patch+yaml"
PLAIN = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, the object or the refusal, and warnings that a person would have been shown."""

    status: int
    body: dict[str, Any]
    warnings: tuple[str, ...]


class ApiServer:
    """Started, it answers; `apply` and `create` check fields strictly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._token = secrets.token_hex(16)
        etcd_port = free_port()
        self._etcd = ServerProcess(_etcd(folder, etcd_port), etcd_port, folder / "etcd.log")
        self._server = ServerProcess(self._command(etcd_port), self._port, folder / "apiserver.log")
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}

    def start(self) -> None:
        """Returns when it is ready."""
        (self._folder / "tokens.csv").write_text(f"{self._token},tests,1,system:masters\n")
        openssl = shutil.which("openssl") or "openssl"
        key = [openssl, "genrsa", "-out", str(self._folder / "accounts.key"), "2048"]
        subprocess.run(key, check=True, capture_output=True, timeout=CALL_S)  # noqa: S603
        self._etcd.start()
        self._server.start()
        give_up_at = time.monotonic() + READY_WITHIN_S
        while not self._ready():
            assert time.monotonic() < give_up_at, (self._folder / "apiserver.log").read_text()[-3000:]
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End both."""
        self._server.stop()
        self._etcd.stop()

    def apply(self, wanted: dict[str, Any]) -> Answer:
        """Server-side apply."""
        name = wanted["metadata"]["name"]
        query = f"fieldManager={FIELD_MANAGER}&force=true&fieldValidation=Strict"
        return self._call("PATCH", f"{self._collection(wanted)}/{name}?{query}", wanted, APPLY)

    def try_to_create(self, wanted: dict[str, Any]) -> Answer:
        """Have it judged by everything that judges what is created, and not kept."""
        return self._call("POST", f"{self._collection(wanted)}?fieldValidation=Strict&dryRun=All", wanted)

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether it knows this kind by now."""
        return self._plural(api_version, kind) is not None

    def version(self) -> str:
        """Such as 1.37."""
        found = self._call("GET", "/version").body
        return f"{found['major']}.{found['minor']}"

    def _collection(self, wanted: dict[str, Any]) -> str:
        found = self._plural(wanted["apiVersion"], wanted["kind"])
        assert found is not None, f"the API server knows no {wanted['kind']} of {wanted['apiVersion']}"
        plural, namespaced = found
        place = f"/namespaces/{wanted['metadata']['namespace']}" if namespaced else ""
        return f"{_root(wanted['apiVersion'])}{place}/{plural}"

    def _plural(self, api_version: str, kind: str) -> tuple[str, bool] | None:
        if (api_version, kind) not in self._plurals:
            for each in self._call("GET", _root(api_version)).body.get("resources", []):
                if "/" not in each["name"]:
                    self._plurals[api_version, each["kind"]] = (each["name"], each["namespaced"])
        return self._plurals.get((api_version, kind))

    def _ready(self) -> bool:
        try:
            return self._call("GET", "/readyz").status == 200
        except OSError:
            return False

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, kind: str = PLAIN) -> Answer:
        # It makes its certificate itself, which is its own authority.
        trust = ssl.create_default_context(cafile=str(self._folder / "certificates" / "apiserver.crt"))
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Accept": PLAIN}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"https://127.0.0.1:{self._port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=CALL_S, context=trust) as answer:  # noqa: S310
                return _answer(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return _answer(refused)

    def _command(self, etcd_port: int) -> list[str]:
        return [
            program("KUBE_APISERVER", "kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={self._folder / 'certificates'}",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.test",
            f"--service-account-key-file={self._folder / 'accounts.key'}",
            f"--service-account-signing-key-file={self._folder / 'accounts.key'}",
            "--endpoint-reconciler-type=none",
        ]


def program(variable: str, name: str) -> str:
    """Where a program is. Skips the test where it is not: scripts/deployment gets it."""
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name}: scripts/deployment gets it")
    return found


def _etcd(folder: Path, port: int) -> list[str]:
    url, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    return [
        program("ETCD", "etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        # What is lost with the machine is a test's.
        "--unsafe-no-fsync",
    ]


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _answer(response: Any) -> Answer:
    text = response.read()
    try:
        body = json.loads(text)
    except ValueError:
        body = {"message": text.decode(errors="replace")}
    return Answer(response.status, body, tuple(response.headers.get_all("Warning", [])))
