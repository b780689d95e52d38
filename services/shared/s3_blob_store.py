"""Blobs in an S3 bucket, or in one of a server that speaks S3's protocol, named as the files of a blob folder are.

A blob is sent again even if it is there: that costs one transfer, needs no question first, and mends what was damaged.
S3 shows an object when it is whole, and checks its hash against the one that the signature covers.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from services.shared.blob_store import BlobUnavailable

if TYPE_CHECKING:  # the library has these for type checkers only
    from obstore.store import ClientConfig, RetryConfig, S3Config

NAME = re.compile(r"[0-9a-f]{64}\Z")
NOBODY = "0" * 64
BUCKET = re.compile(r"[A-Za-z0-9._-]{3,63}\Z")
REGION = re.compile(r"[A-Za-z0-9-]{0,40}\Z")
ENDPOINT = re.compile(r"(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:(?P<port>[0-9]{1,5}))?/?)?\Z")
PORT_MAX = 65_535
PREFIX = re.compile(r"[A-Za-z0-9._/-]{0,200}\Z")
CODE = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
NO_BUCKET = "NoSuchBucket"
WITHIN_S = 5.0
# A blob may take as much longer as its bytes take on a line of this speed.
BYTES_PER_S_MIN = 2 * 1024 * 1024
BYTES_MAX = 128 * 1024 * 1024
AT_ONCE = 16
RETRIES = 3

log = structlog.get_logger(__name__)


class S3BlobStore:
    """A BlobStore in a bucket; every method waits a time that its bytes bound. `at_once` transfers go on together."""

    def __init__(self, bucket: S3Store, *, within_s: float, at_once: int, bytes_max: int) -> None:
        self._bucket = bucket
        self._within_s = within_s
        self._bytes_max = bytes_max
        self._transfers = asyncio.Semaphore(at_once)

    @classmethod
    async def open(  # noqa: PLR0913  # a bucket and its server have this many settings
        cls,
        bucket: str,
        *,
        endpoint: str = "",
        region: str = "",
        access_key: str = "",
        secret_key: str = "",
        prefix: str = "",
        within_s: float = WITHIN_S,
        at_once: int = AT_ONCE,
        bytes_max: int = BYTES_MAX,
    ) -> "S3BlobStore":
        """Reach the bucket. Without keys those of the machine or the pod are used, as Amazon's own programs find them.

        Raises BlobUnavailable, also when there is no such bucket; ValueError when the settings contradict themselves.
        """
        _check(bucket, endpoint, region, prefix)
        config = _config(bucket, endpoint, region, access_key, secret_key)
        client, again = _client(within_s + bytes_max / BYTES_PER_S_MIN, within_s, endpoint), _again(within_s)
        try:
            reached = S3Store(config=config, prefix=prefix or None, client_options=client, retry_config=again)
        except (BaseError, ValueError):  # its words may quote the settings, and so a key
            raise ValueError(
                "the S3 settings are not valid together: check the prefix and those of AWS_… too"
            ) from None
        store = cls(reached, within_s=within_s, at_once=at_once, bytes_max=bytes_max)
        # Answers "not there" when bucket and keys are right.
        await store.get(NOBODY)
        return store

    async def close(self) -> None:
        """Nothing is left to be done: what was put is durable, and connections end by themselves."""

    async def put(self, content: bytes) -> str:
        """Store the bytes; returns their hex SHA-256. Raises BlobUnavailable; ValueError for too many bytes."""
        if len(content) > self._bytes_max:
            raise ValueError(f"a blob has {self._bytes_max} bytes at most, and this one {len(content)}: split it")
        name = await asyncio.to_thread(_hash, content)
        with self._in_our_words():
            async with asyncio.timeout(self._within_s + len(content) / BYTES_PER_S_MIN), self._transfers:
                await self._bucket.put_async(_path(name), content, use_multipart=False)
        return name

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name; None when there are none or they are damaged. Raises BlobUnavailable."""
        if NAME.match(name) is None:
            return None
        with self._in_our_words():
            try:
                content = await self._fetched(name)
            except FileNotFoundError as error:
                if _code(error) == NO_BUCKET:
                    raise
                return None
        return content

    async def _fetched(self, name: str) -> bytes | None:
        async with asyncio.timeout(self._within_s) as deadline, self._transfers:
            found = await self._bucket.get_async(_path(name))
            size: int = found.meta["size"]
            if size > self._bytes_max:
                log.error("blob_too_large", blob=name, size=size, bytes_max=self._bytes_max)
                return None
            deadline.reschedule(asyncio.get_running_loop().time() + self._within_s + size / BYTES_PER_S_MIN)
            content = bytes(await found.bytes_async())
        if await asyncio.to_thread(_hash, content) != name:
            log.error("blob_damaged", blob=name, what_to_do="restore the object from another copy, or see who wrote it")
            return None
        return content

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        # The library's words quote addresses, requests and answers.
        except TimeoutError:
            raise BlobUnavailable(f"the S3 server did not answer within {self._within_s:g} s") from None
        except (BaseError, OSError) as error:
            raise BlobUnavailable(_words(error)) from None


def _words(error: Exception) -> str:
    code = _code(error)
    if code == NO_BUCKET:
        return "there is no such S3 bucket: create it, or check its name and the endpoint"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return (
            f"the S3 server refused the keys ({code or 'no reason given'}): check them, and that they may do "
            "s3:GetObject and s3:PutObject on the objects and s3:ListBucket on the bucket"
        )
    if code:
        return f"the S3 server refused with {code}"
    return "the S3 server could not be reached or broke off: check the endpoint, and that it runs"


def _code(error: Exception) -> str:
    """What S3 calls the reason, "" where it gave none."""
    found = CODE.search(str(error))
    return found[1] if found else ""


def _path(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}/{name}"


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _check(bucket: str, endpoint: str, region: str, prefix: str) -> None:
    # The library takes anything, and panics at the first request.
    server = ENDPOINT.match(endpoint)
    valid = {
        "bucket (3 to 63 letters, digits, . _ -)": BUCKET.match(bucket) is not None,
        "endpoint (https://host:port, or http:// in a closed network)": (
            server is not None and int(server["port"] or 0) <= PORT_MAX
        ),
        "region (letters, digits, -)": REGION.match(region) is not None,
        "prefix (letters, digits, . _ - /)": PREFIX.match(prefix) is not None,
    }
    wrong = [setting for setting, is_valid in valid.items() if not is_valid]
    if wrong:
        raise ValueError(f"of the S3 settings this is not valid: {'; '.join(wrong)}")


def _config(bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> "S3Config":
    if bool(access_key) != bool(secret_key):
        raise ValueError("of the S3 access key and its secret key one is missing: give both, or none to use the pod's")
    config: S3Config = {"bucket": bucket}
    if endpoint:
        config["endpoint"] = endpoint
    if region:
        config["region"] = region
    if access_key:
        config["access_key_id"], config["secret_access_key"] = access_key, secret_key
    return config


def _client(longest_s: float, within_s: float, endpoint: str) -> "ClientConfig":
    return {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=within_s),
        "timeout": timedelta(seconds=longest_s),
    }


def _again(within_s: float) -> "RetryConfig":
    return {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=within_s)}
