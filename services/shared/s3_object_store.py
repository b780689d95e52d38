"""Objects in an S3 bucket, or in one of a server that speaks S3's protocol, below a prefix of their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.shared.object_store import ObjectStoreUnavailable, checked
from services.shared.s3_client import NO_BUCKET, code, reached, words

WITHIN_S = 5.0
# An object may take as much longer as its bytes take on a line of this speed.
BYTES_PER_S_MIN = 2 * 1024 * 1024
BYTES_MAX = 64 * 1024 * 1024
LISTING_WITHIN_S = 60.0
AT_ONCE = 8
NOBODY = "nobody"


class S3ObjectStore:
    """An ObjectStore in a bucket; every method waits a time that is bounded."""

    def __init__(self, bucket: S3Store, *, within_s: float) -> None:
        self._bucket = bucket
        self._within_s = within_s
        self._transfers = asyncio.Semaphore(AT_ONCE)

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
    ) -> "S3ObjectStore":
        """Reach the bucket. Without keys those of the machine or the pod are used.

        Raises ObjectStoreUnavailable, also when there is no such bucket; ValueError when the settings contradict
        themselves.
        """
        view = reached(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key=access_key,
            secret_key=secret_key,
            prefix=prefix,
            within_s=within_s,
            longest_s=within_s + BYTES_MAX / BYTES_PER_S_MIN,
        )
        store = cls(view, within_s=within_s)
        # Answers "not there" when bucket and keys are right.
        await store.get(NOBODY)
        return store

    async def close(self) -> None:
        """Nothing is left to be done: what was put is durable, and connections end by themselves."""

    async def put(self, name: str, content: bytes) -> None:
        """Store the bytes under that name. Raises ObjectStoreUnavailable; ValueError, for too many bytes too."""
        if len(content) > BYTES_MAX:
            raise ValueError(f"an object has {BYTES_MAX} bytes at most, and this one {len(content)}: split it")
        async with self._asking(self._within_s + len(content) / BYTES_PER_S_MIN):
            await self._bucket.put_async(checked(name), content, use_multipart=False)

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name, None for none. Raises ObjectStoreUnavailable, ValueError."""
        async with self._asking(self._within_s + BYTES_MAX / BYTES_PER_S_MIN):
            try:
                found = await self._bucket.get_async(checked(name))
                return bytes(await found.bytes_async())
            except FileNotFoundError as error:
                if code(error) == NO_BUCKET:
                    raise
                return None

    async def names(self, folder: str) -> list[str]:
        """The names of all objects below that folder, in order. Raises ObjectStoreUnavailable, ValueError."""
        found: list[str] = []
        async with self._asking(LISTING_WITHIN_S):
            # The library asks for page after page.
            async for page in self._bucket.list(checked(folder)):
                found += [each["path"] for each in page]
        return sorted(found)

    async def delete(self, name: str) -> None:
        """Delete it, if it is there. Raises ObjectStoreUnavailable, ValueError."""
        async with self._asking(self._within_s):
            with contextlib.suppress(FileNotFoundError):
                await self._bucket.delete_async(checked(name))

    @contextlib.asynccontextmanager
    async def _asking(self, within_s: float) -> AsyncIterator[None]:
        with _in_our_words(within_s):
            async with asyncio.timeout(within_s), self._transfers:
                yield


@contextlib.contextmanager
def _in_our_words(within_s: float) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ObjectStoreUnavailable(f"the S3 server did not answer within {within_s:g} s") from None
    except (BaseError, OSError) as error:
        raise ObjectStoreUnavailable(words(error)) from None
