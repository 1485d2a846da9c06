"""Which sessions pass the LAN as good as in clear: nobody can mend a vendor's wire, but `hulian doctor` says which it is."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address

from gateway.drivers.spi import Driver
from gateway.drivers.supervisor import SessionStatus


def in_clear(sessions: Iterable[SessionStatus], driver: Callable[[str], Driver], has_key: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a sentence for each session whose wire has no secret of its own and leaves this machine; `has_key(device)`."""
    return tuple(
        f"{', '.join(session.devices) or f'{session.driver}:{session.key}'} at {session.address} speaks {what}, which keeps nobody out: "
        f"whoever is on that network can read it and command it past this hub"
        for session in sessions
        if (what := driver(session.driver).clear)
        and not session.secret
        and _leaves(session.address)
        and not (driver(session.driver).keyed and has_key(session.key))
    )


def _leaves(address: str) -> bool:
    """Return whether a session goes beyond this machine; one without an address is on the hub's broker, behind its doors."""
    try:
        return not ip_address(address).is_loopback
    except ValueError:
        return bool(address)
