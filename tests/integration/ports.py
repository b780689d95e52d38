"""Ports for servers that come back to them, as scripts/cluster finds them."""

from scripts.cluster_ports import block_of_ports

__all__ = ["block_of_ports"]
