"""MongoDB, blobs, certificates. Nothing is written: that a store takes writes is told as far as it can be without."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.shared.environment import EnvironmentSettings, variable_of

# Nothing is known of how fast it fills up: this lasts for the night.
FREE_BYTES_MIN = 5 * 1024**3
FREE_BYTES_LEAST = 512 * 1024**2
GIB = 1024**3
DAYS_LEFT_MIN = 14
# With one away the others are a majority.
MEMBERS_MIN = 3
SECONDS_PER_DAY = 86_400
CERTIFICATES = ("cert_file", "ca_file")


def mongo(hello: Mapping[str, Any]) -> Finding:
    """What a server says to `hello`. Our own writes always ask for a majority, with journal."""
    members = len(hello.get("hosts", ()))
    if hello.get("msg") == "isdbgrid":
        return ok("MongoDB", "a sharded cluster; writes wait for a majority and its journals")
    if "setName" not in hello:
        return warn(
            "MongoDB",
            "a server that stands alone",
            "what is written is on one machine, and a write whose answer is lost is not tried again",
            "run it as a replica set of three members, or of one where there is one machine",
        )
    if members < MEMBERS_MIN:
        return warn(
            "MongoDB",
            f"a replica set with {members} members that have data; writes wait for a majority and its journals",
            "with one member away no write is acknowledged",
            "three members, on three machines",
        )
    return ok("MongoDB", f"a replica set of {members} members; writes wait for a majority and its journals")


def blob_folder(folder: Path) -> Finding:
    """A folder of blobs, by its permissions."""
    if not folder.is_dir():
        return fail(
            "blob store",
            f"there is no folder {folder}",
            "mails and documents are refused",
            "make it, or set SWITCHROOM_BLOBS_FOLDER to the one that all services see",
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(
            "blob store",
            f"this user may not write in {folder}",
            "mails and documents are refused",
            "give the user of the services the folder, or run this as that user",
        )
    return ok("blob store", f"{folder} may be written by this user")


def free_space(path: Path) -> Finding:
    """Of the disk below a path."""
    return room(path, shutil.disk_usage(path).free)


def room(path: Path, free: int) -> Finding:
    """Whether so many bytes are enough."""
    saw, what_to_do = f"{free / GIB:.1f} GiB free below {path}", "make room, or move the folder to a larger disk"
    if free < FREE_BYTES_LEAST:
        return fail("disk space", saw, "when it is full, nothing is taken any more", what_to_do)
    if free < FREE_BYTES_MIN:
        return warn("disk space", saw, "when it is full, nothing is taken any more", what_to_do)
    return ok("disk space", saw)


async def certificates(settings: EnvironmentSettings, now_ms: int) -> list[Finding]:
    """Every file of certificates that these settings name."""
    names = [name for name in type(settings).model_fields if name.endswith(CERTIFICATES)]
    named = [(variable_of(type(settings), name), path) for name in names if (path := getattr(settings, name))]
    return [await asyncio.to_thread(certificate, variable, path, now_ms) for variable, path in named]


def certificate(variable: str, path: Path, now_ms: int) -> Finding:
    """Until when the first of its certificates that ends is valid."""
    check, what_to_do = f"certificate {variable}", f"put a new one into {path}"
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return fail(check, f"{path} can't be read as certificates", "nothing connects with it", what_to_do)
    ends = min(each.not_valid_after_utc for each in found)
    left_days = (ends.timestamp() - now_ms / 1_000) / SECONDS_PER_DAY
    saw = f"valid until {ends:%Y-%m-%d %H:%M} UTC, {left_days:.0f} days"
    if left_days <= 0:
        return fail(check, f"ended {ends:%Y-%m-%d %H:%M} UTC", "nothing connects with it", what_to_do)
    if left_days < DAYS_LEFT_MIN:
        return warn(check, saw, "then nothing connects with it any more", what_to_do)
    return ok(check, saw)
