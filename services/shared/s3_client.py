"""How an S3 server is reached and what it says is told, for all that is kept in a bucket."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

if TYPE_CHECKING:  # the library has these for type checkers only
    from obstore.store import ClientConfig, RetryConfig, S3Config

BUCKET = re.compile(r"[A-Za-z0-9._-]{3,63}\Z")
REGION = re.compile(r"[A-Za-z0-9-]{0,40}\Z")
ENDPOINT = re.compile(r"(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:(?P<port>[0-9]{1,5}))?/?)?\Z")
PORT_MAX = 65_535
PREFIX = re.compile(r"[A-Za-z0-9._/-]{0,200}\Z")
CODE = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
NO_BUCKET = "NoSuchBucket"
RETRIES = 3


def reached(  # noqa: PLR0913  # a bucket and its server have this many settings
    bucket: str,
    *,
    endpoint: str,
    region: str,
    access_key: str,
    secret_key: str,
    prefix: str,
    within_s: float,
    longest_s: float,
) -> S3Store:
    """The library's view of the bucket, of which nothing is asked yet: `within_s` for an answer, `longest_s` for all.

    Raises ValueError when the settings contradict themselves.
    """
    _check(bucket, endpoint, region, prefix)
    config = _config(bucket, endpoint, region, access_key, secret_key)
    client, again = _client(longest_s, within_s, endpoint), _again(within_s)
    try:
        return S3Store(config=config, prefix=prefix or None, client_options=client, retry_config=again)
    except (BaseError, ValueError):  # its words may quote the settings, and so a key
        raise ValueError("the S3 settings are not valid together: check the prefix and those of AWS_… too") from None


def words(error: Exception) -> str:
    """What went wrong and what to do, without the addresses, requests and answers that the library quotes."""
    reason = code(error)
    if reason == NO_BUCKET:
        return "there is no such S3 bucket: create it, or check its name and the endpoint"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return (
            f"the S3 server refused the keys ({reason or 'no reason given'}): check them, and that they may do "
            "s3:GetObject, s3:PutObject and s3:DeleteObject on the objects and s3:ListBucket on the bucket"
        )
    if reason:
        return f"the S3 server refused with {reason}"
    return "the S3 server could not be reached or broke off: check the endpoint, and that it runs"


def code(error: Exception) -> str:
    """What S3 calls the reason, "" where it gave none."""
    found = CODE.search(str(error))
    return found[1] if found else ""


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
