"""What kustomize makes of deploy/k8s: the objects of an overlay, and questions that tests ask of them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from tests.house_rules import ROOT

K8S = ROOT / "deploy" / "k8s"
OVERLAYS = ("local", "production", "scaled")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
NAME = "app.kubernetes.io/name"
OURS = ("ingest", "router", "agents", "reporting")
BUILD_S = 60

Object = dict[str, Any]


def kustomize() -> str:
    """The program. Skips the test where there is none: scripts/deployment builds it."""
    found = os.environ.get("KUSTOMIZE") or shutil.which("kustomize")
    if not found:
        pytest.skip("there is no kustomize: scripts/deployment builds it")
    return found


@cache
def text(overlay: str) -> str:
    """An overlay as one stream of YAML."""
    command = [kustomize(), "build", str(K8S / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(overlay: str) -> list[Object]:
    """Its objects."""
    return list(_parsed(overlay))


@cache
def _parsed(overlay: str) -> tuple[Object, ...]:
    return tuple(yaml.load_all(text(overlay), yaml.CSafeLoader))


def of_kind(overlay: str, *kinds: str) -> list[Object]:
    """Its objects of these kinds."""
    return [each for each in objects(overlay) if each["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Object:
    """The one object of that kind and name; a generated name may end in a hash."""
    found = [
        each
        for each in of_kind(overlay, kind)
        if each["metadata"]["name"] == name or each["metadata"]["name"].rpartition("-")[0] == name
    ]
    assert len(found) == 1, f"{len(found)} objects {kind}/{name} in {overlay}"
    return found[0]


@dataclass(frozen=True, slots=True)
class Pod:
    """The template of a workload's pods."""

    overlay: str
    workload: Object

    @property
    def name(self) -> str:
        """Of the workload."""
        return str(self.workload["metadata"]["name"])

    @property
    def labels(self) -> dict[str, str]:
        """Of each pod."""
        labels: dict[str, str] = self.workload["spec"]["template"]["metadata"]["labels"]
        return labels

    @property
    def spec(self) -> Object:
        """Of each pod."""
        spec: Object = self.workload["spec"]["template"]["spec"]
        return spec

    @property
    def main(self) -> Object:
        """The container that works."""
        (container,) = self.spec["containers"]
        found: Object = container
        return found

    @property
    def containers(self) -> list[Object]:
        """All of them, those that prepare included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ports(self) -> dict[str, int]:
        """By name."""
        return {port["name"]: port["containerPort"] for port in self.main.get("ports", [])}


def pods(overlay: str) -> list[Pod]:
    """Of all workloads."""
    return [Pod(overlay, workload) for workload in of_kind(overlay, *WORKLOADS)]


def every_pod() -> Iterator[Pod]:
    """Of all overlays."""
    for overlay in OVERLAYS:
        yield from pods(overlay)


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector takes these labels; the empty one takes all."""
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(labels, expression) for expression in selector.get("matchExpressions", []))


def _meets(labels: dict[str, str], expression: Object) -> bool:
    assert expression["operator"] == "In", "the tests know no other operator yet"
    return labels.get(expression["key"]) in expression["values"]
