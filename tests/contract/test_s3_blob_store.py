"""Blobs in S3 against the suite, on a server of its protocol that runs as a process of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256

import pytest
from obstore.store import S3Store
from structlog.testing import capture_logs

from services.shared.blob_store import BlobStore, BlobUnavailable
from services.shared.s3_blob_store import S3BlobStore
from tests.contract.blob_store_contract import BlobStoreContract
from tests.fakes.s3_server import S3Server, needs_s3
from tests.fakes.scripted_http import ScriptedHttp

pytestmark = needs_s3
NAME = sha256(b"content").hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    server.make_bucket("blobs")
    yield server
    server.end()


async def opened(server: S3Server, bucket: str = "blobs", **more: object) -> S3BlobStore:
    return await S3BlobStore.open(
        bucket,
        endpoint=server.endpoint,
        region=server.region,
        access_key=server.access_key,
        secret_key=server.secret_key,
        **more,  # type: ignore[arg-type]  # each test its own
    )


@pytest.fixture
async def store(server: S3Server) -> AsyncIterator[BlobStore]:
    store = await opened(server)
    yield store
    await store.close()


def bucket(server: S3Server) -> S3Store:
    """The bucket as its administrator reaches it."""
    return S3Store(
        "blobs",
        endpoint=server.endpoint,
        access_key_id="admin",
        secret_access_key="admin",
        client_options={"allow_http": True},
    )


class TestS3BlobStore(BlobStoreContract):
    pass


async def test_blobs_are_named_as_in_a_folder_below_the_prefix(server: S3Server) -> None:
    store = await opened(server, prefix="switchroom/test")
    await store.put(b"content")
    found = await bucket(server).get_async(f"switchroom/test/{NAME[:2]}/{NAME[2:4]}/{NAME}")
    assert bytes(await found.bytes_async()) == b"content"


async def test_a_damaged_blob_is_not_returned_and_is_written_anew(store: BlobStore, server: S3Server) -> None:
    await store.put(b"content")
    await bucket(server).put_async(f"{NAME[:2]}/{NAME[2:4]}/{NAME}", b"damaged")
    with capture_logs() as logs:
        assert await store.get(NAME) is None
    assert [line["event"] for line in logs] == ["blob_damaged"]
    await store.put(b"content")
    assert await store.get(NAME) == b"content"


async def test_a_blob_larger_than_allowed_is_neither_sent_nor_fetched(server: S3Server) -> None:
    large, small = await opened(server, bytes_max=2000), await opened(server, bytes_max=1000)
    name = await large.put(b"x" * 1001)
    with pytest.raises(ValueError, match="1000 bytes at most"):
        await small.put(b"x" * 1001)
    assert await small.get(name) is None
    assert await large.get(name) == b"x" * 1001


async def test_more_transfers_than_are_allowed_at_once_wait_for_each_other(server: S3Server) -> None:
    store = await opened(server, at_once=2)
    blobs = [b"%d" % n for n in range(50)]
    names = await asyncio.gather(*map(store.put, blobs))
    assert await asyncio.gather(*map(store.get, names)) == blobs


async def test_a_bucket_that_does_not_exist_is_told_at_the_opening(server: S3Server) -> None:
    with pytest.raises(BlobUnavailable, match="no such S3 bucket: create it"):
        await opened(server, "missing")


async def test_a_bucket_that_is_gone_is_unavailable_and_not_an_absent_blob(server: S3Server) -> None:
    server.make_bucket("short-lived")
    store = await opened(server, "short-lived")
    server.drop_bucket("short-lived")
    with pytest.raises(BlobUnavailable, match="no such S3 bucket"):
        await store.get(NAME)
    with pytest.raises(BlobUnavailable, match="no such S3 bucket"):
        await store.put(b"content")


async def test_the_store_goes_on_when_the_server_was_away_and_is_back(store: BlobStore, server: S3Server) -> None:
    await store.put(b"content")
    server.stop()
    with pytest.raises(BlobUnavailable, match="check the endpoint"):
        await store.put(b"more")
    with pytest.raises(BlobUnavailable):
        await store.get(NAME)
    server.start()
    assert await store.get(NAME) == b"content"
    assert await store.put(b"more") == sha256(b"more").hexdigest()


async def test_a_server_that_does_not_answer_is_unavailable_within_the_deadline(server: S3Server) -> None:
    store = await opened(server, within_s=0.5)
    await store.put(b"content")
    server.freeze()
    began = time.monotonic()
    with pytest.raises(BlobUnavailable, match="did not answer within"):
        await store.get(NAME)
    with pytest.raises(BlobUnavailable, match="did not answer within"):
        await store.put(b"content")
    assert time.monotonic() - began < 10
    server.thaw()
    assert await store.get(NAME) == b"content"


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "SignatureDoesNotMatch", "refused the keys .SignatureDoesNotMatch.*s3:ListBucket"),
        (401, "Unauthorized", "refused the keys"),
        (503, "SlowDown", "refused with SlowDown"),
        (400, "EntityTooLarge", "refused with EntityTooLarge"),
    ],
)
async def test_what_a_server_refuses_is_told_without_keys_and_without_what_it_quoted(
    status: int, code: str, words: str
) -> None:
    body = f"<Error><Code>{code}</Code><AWSAccessKeyId>the-access-key</AWSAccessKeyId>private</Error>"
    server = ScriptedHttp(status, body.encode())
    await server.start()
    with pytest.raises(BlobUnavailable, match=words) as raised:
        await S3BlobStore.open(
            "blobs", endpoint=server.url, access_key="the-access-key", secret_key="the-secret-key", within_s=1.0
        )
    assert "the-" not in str(raised.value)
    assert "private" not in str(raised.value)
    assert raised.value.__suppress_context__
    await server.stop()


async def test_an_answer_that_breaks_off_is_unavailable() -> None:
    server = ScriptedHttp(200, b"conte", length=7)
    await server.start()
    with pytest.raises(BlobUnavailable):
        await S3BlobStore.open("blobs", endpoint=server.url, access_key="a", secret_key="b", within_s=1.0)
    await server.stop()


async def test_what_is_put_is_signed_with_its_hash(server: S3Server) -> None:
    scripted = ScriptedHttp(404, b"<Error><Code>NoSuchKey</Code></Error>")
    await scripted.start()
    store = await S3BlobStore.open("blobs", endpoint=scripted.url, access_key="a", secret_key="b", within_s=1.0)
    with pytest.raises(BlobUnavailable):
        await store.put(b"content")
    assert f"x-amz-content-sha256: {NAME}".encode() in scripted.asked[-1]
    await scripted.stop()


@pytest.mark.parametrize(
    "settings",
    [
        {"bucket": ""},
        {"bucket": "blobs", "access_key": "the-key"},
        {"bucket": "blobs", "secret_key": "the-key"},
        {"bucket": "blobs", "endpoint": "no url at all the-key", "access_key": "the-key", "secret_key": "the-key"},
        {"bucket": "blobs", "endpoint": "ftp://the-key"},
        {"bucket": "blobs", "endpoint": "http://host:65536"},
        {"bucket": "the-key/other"},
        {"bucket": "blobs", "region": "the-key here"},
        {"bucket": "blobs", "prefix": "the-key\n"},
        {"bucket": "blobs", "prefix": "../the-key"},
    ],
)
async def test_settings_that_cannot_be_right_are_refused_without_quoting_them(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="S3") as raised:
        await S3BlobStore.open(**settings, within_s=0.5)  # type: ignore[arg-type]  # names of its arguments
    assert "the-key" not in str(raised.value)
