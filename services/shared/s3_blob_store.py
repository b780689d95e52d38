"""Blobs in an S3 bucket, or in one of a server that speaks S3's protocol, named as the files of a blob folder are.

A blob is sent again even if it is there: that costs one transfer, needs no question first, and mends what was damaged.
S3 shows an object when it is whole, and checks its hash against the one that the signature covers.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from hashlib import sha256

import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.shared.blob_store import BlobUnavailable
from services.shared.s3_client import NO_BUCKET, code, reached, words

NAME = re.compile(r"[0-9a-f]{64}\Z")
NOBODY = "0" * 64
WITHIN_S = 5.0
# A blob may take as much longer as its bytes take on a line of this speed.
BYTES_PER_S_MIN = 2 * 1024 * 1024
BYTES_MAX = 128 * 1024 * 1024
AT_ONCE = 16

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
        view = reached(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key=access_key,
            secret_key=secret_key,
            prefix=prefix,
            within_s=within_s,
            longest_s=within_s + bytes_max / BYTES_PER_S_MIN,
        )
        store = cls(view, within_s=within_s, at_once=at_once, bytes_max=bytes_max)
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
                if code(error) == NO_BUCKET:
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
        except TimeoutError:
            raise BlobUnavailable(f"the S3 server did not answer within {self._within_s:g} s") from None
        except (BaseError, OSError) as error:
            raise BlobUnavailable(words(error)) from None


def _path(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}/{name}"


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
