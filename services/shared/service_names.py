"""Which service a certificate is of: its DNS name `<service>.switchroom`, whatever the machine is called."""

from collections.abc import Collection, Iterable

DOMAIN = ".switchroom"


def dns_name(service: str) -> str:
    """The name that its certificate has, and by which its clients check that it is the one they meant.

    It is a DNS name and no URI, as both TLS libraries check a server's DNS name by themselves, and no other kind.
    """
    return f"{service}{DOMAIN}"


def services_named(names: Iterable[str]) -> frozenset[str]:
    """The services that a certificate with these alternative names is of."""
    return frozenset(name.removesuffix(DOMAIN) for name in names if name.endswith(DOMAIN))


def may_call(callers: Collection[str], names: Iterable[str]) -> bool:
    """Whether a certificate with these names is of a service that may call."""
    return not services_named(names).isdisjoint(callers)
