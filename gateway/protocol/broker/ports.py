"""Ports of this machine: is one free, which is, and may a broker without keys listen there."""

import errno
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from typing import Any, Final

from gateway.errors import BrokerUnavailable, ConfigurationInvalid, PortTaken, SetupError
from gateway.protocol.broker.plan import Door, Doors
from gateway.thing.log import Log

_log = Log()

_TRIED: Final = 20
_NAMES: Final = ("open", "certificates", "passwords", "plain")


def check_loopback(host: str) -> None:
    """Raise ConfigurationInvalid for an address that other machines reach."""
    try:
        if host == "localhost" or ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise ConfigurationInvalid(
        f"this door of the private broker asks nobody for a key, so it stays on 127.0.0.1 (not {host}): use --broker for another"
    )


def settled(doors: Doors) -> Doors:
    """Return the doors with their ports, free ones where any will do; PortTaken, or BrokerUnavailable where an address is not here."""
    return _each(doors, _settled)


def possible(doors: Doors) -> Doors:
    """Return what can be opened of the doors now, with a line in the log for what cannot."""
    return _each(doors, _possible)


def chosen_ports(doors: Doors) -> dict[str, int]:
    """Return the ports of the doors, by name."""
    return {name: door.port for name in _NAMES if (door := getattr(doors, name))}


def same_ports(doors: Doors, known: Mapping[str, int]) -> Doors:
    """Return the doors with the ports they had before, where any will do."""
    again: dict[str, Any] = {name: Door(door.hosts, known[name]) for name in known if (door := getattr(doors, name)) and not door.port}
    return replace(doors, **again)


def _each(doors: Doors, work: Callable[[Door], Door]) -> Doors:
    opened = replace(doors, open=work(doors.open), certificates=work(doors.certificates))
    return opened if opened.open else replace(opened, passwords=work(doors.passwords), plain=work(doors.plain))


def _possible(door: Door) -> Door:
    free = []
    for host in door.hosts:
        try:
            check_free(host, door.port)
        except SetupError as error:
            _log.warning("broker cannot listen", host=host, port=door.port, error=str(error))
        else:
            free.append(host)
    return _settled(Door(tuple(free), door.port))


def _settled(door: Door) -> Door:
    if door.port or not door:
        for host in door.hosts:
            check_free(host, door.port)
        return door
    for _ in range(_TRIED):
        port = _free(door.hosts[0])
        try:
            return _settled(Door(door.hosts, port))
        except PortTaken:
            continue
    raise PortTaken(f"no port is free on all of {', '.join(door.hosts)}")


def check_free(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there; BrokerUnavailable when the machine has no such address."""
    with socket(_family(host)) as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise BrokerUnavailable(f"{host} port {port} cannot be opened: {error.strerror}") from error
            raise PortTaken(
                f"port {port} on {host} is in use or not allowed: use the broker that is there with --broker mqtt://{host}:{port}, "
                "or choose another port with --mqtt-port (0 takes any free one), for TLS on the LAN with `mqtts_port` in the section "
                "[lan] of a configuration file (--config)"
            ) from error


def _family(host: str) -> int:
    return AF_INET6 if ":" in host else AF_INET


def _free(host: str) -> int:
    with socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
