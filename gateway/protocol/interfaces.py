"""The machine's own IPv4 addresses: where discovery may listen and ask."""

from collections.abc import Sequence
from ipaddress import IPv4Network

import ifaddr


def local_addresses() -> tuple[str, ...]:
    """Return every IPv4 address of this machine, loopback last."""
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return tuple(sorted(dict.fromkeys(found), key=lambda address: (address.startswith("127."), address)))


def networks(addresses: Sequence[str]) -> tuple[IPv4Network, ...]:
    """Return the networks that these addresses of this machine are in; of an address on loopback the whole of loopback."""
    known = {ip.ip: ip.network_prefix for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)}
    prefixes = ((address, 8 if address.startswith("127.") else known.get(address, 32)) for address in addresses)
    return tuple(dict.fromkeys(IPv4Network(f"{address}/{prefix}", strict=False) for address, prefix in prefixes))
