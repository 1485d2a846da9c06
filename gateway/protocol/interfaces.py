"""The machine's own IPv4 addresses: where discovery may listen and ask."""

import ifaddr


def local_addresses() -> tuple[str, ...]:
    """Return every IPv4 address of this machine, loopback last."""
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return tuple(sorted(dict.fromkeys(found), key=lambda address: (address.startswith("127."), address)))
