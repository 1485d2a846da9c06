"""mosquitto: where it and its plugin are, and the configuration it gets.

It works in its own folder and all paths are relative to that: started as root it drops to a user who may not walk there.
"""

import os
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.protocol.broker.plan import Door, Doors
from gateway.protocol.mqtt.connection import TAKEN

_OFF_PATH = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
"""Places that are often not on the PATH of people who are not root."""
_PLUGIN: Final = "mosquitto_dynamic_security.so"
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib", "/opt/homebrew/opt/mosquitto/lib")

OWN_SOCKET: Final = "own.sock"
RIGHTS: Final = "rights.json"
CONFIGURATION: Final = "mosquitto.conf"
TLS: Final = "openssl.cnf"
REVOKED: Final = "revoked"
"""Folder where OpenSSL looks for a newer revocation list at every handshake."""

_MOST: Final = 5000
"""Connections to one listener; more clients than are let in."""
_OWN_FILES: Final = 100

TLS_CONFIGURATION: Final = """openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = ours
[ours]
MinProtocol = TLSv1.2
Options = -SessionTicket
NumTickets = 0
"""
"""A session that is resumed shows no certificate again, so a revoked client could come back: nothing is resumed."""


_REFUSALS: Final = {
    "certificate verify failed": "its certificate is not of this home, revoked, or out of its time",
    "peer did not return a certificate": "it showed no certificate",
    "unsupported protocol": "it knows no TLS that is new enough",
    "no shared cipher": "it knows no cipher that is strong enough",
}
_FAILED = re.compile(r"(?:Client connection from (?P<source>\S+) failed|OpenSSL Error\[\d+\]): .*::(?P<words>[^:]+?)\.?").fullmatch
"""What is said of a failed handshake: with the address, if it failed at the first bytes, else without."""
_CHATTER: Final = ("New connection from ", "New client connected from ", "Client ", "Warning: Unable to set TCP_NODELAY")
"""Lines about comings and goings, which name our own links; and what is said of every connection to our own socket."""
MOST_QUEUED: Final = 32 * 2**20
"""Bytes that wait for one client at most: more than all a building of 200 appliances keeps. What comes on top is dropped."""
MOST_MEMORY: Final = 512 * 2**20
"""Bytes of address space the broker gets, whatever those who were let in leave with it; it ends there, and is started anew without.

Its own `memory_limit` counts what its plugin frees and never took: after a few changes of rights it takes nothing more at all.
"""


def refusal(line: str) -> tuple[str, str] | None:
    """Return why somebody was refused, and the address or "", when a line of the log says that."""
    found = _FAILED(line)
    reason = _REFUSALS.get(found["words"]) if found else None
    return None if found is None or reason is None else (reason, found["source"] or "")


def chatter(line: str) -> bool:
    """Return whether a line of the log is of no interest."""
    return line.startswith(_CHATTER) and not _FAILED(line)


def find() -> str | None:
    """Return the path of the program, None when the machine has none, or none with the plugin (before 2.0)."""
    program = shutil.which("mosquitto") or next((path for path in _OFF_PATH if os.access(path, os.X_OK)), None)
    return program if program and find_plugin() else None


def find_plugin() -> str | None:
    """Return the path of the plugin that keeps identities and rights."""
    for library in map(Path, _LIBRARIES):
        for path in (library / _PLUGIN, *library.glob(f"*/{_PLUGIN}")):
            if path.is_file():
                return str(path)
    return None


def configuration(doors: Doors, user: str | None) -> str:
    """Return the configuration. `user`: whom to become when started as root. Our own socket comes last: when it answers, all do."""
    lines = [
        "per_listener_settings false",
        f"allow_anonymous {'true' if doors.open else 'false'}",
        f"plugin {find_plugin()}",
        f"plugin_opt_config_file {RIGHTS}",
        "persistence false",
        "set_tcp_nodelay true",
        f"max_packet_size {TAKEN}",
        "max_inflight_messages 1000",
        "max_queued_messages 50000",
        f"max_queued_bytes {MOST_QUEUED}",
        "sys_interval 0",
        "connection_messages true",
        "log_type notice",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_timestamp false",
    ]
    if user is not None:
        lines.append(f"user {user}")
    return "\n".join((*lines, *_listeners(doors), f"listener 0 {OWN_SOCKET}", ""))


def _listeners(doors: Doors) -> Iterator[str]:
    most = f"max_connections {_most_connections(sum(len(door.hosts) for door in doors.all()))}"
    yield from _listener(doors.open, most)
    yield from _listener(doors.certificates, most, *_CERTIFICATES)
    if not doors.open:
        yield from _listener(doors.passwords, most, *_SERVER, "use_username_as_clientid true")
        yield from _listener(doors.plain, most, "use_username_as_clientid true")


def _most_connections(listeners: int) -> int:
    """Return how many may be connected to one listener, so that a crowd at the doors leaves files to open for our own links."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    each = (files - _OWN_FILES) // max(1, listeners) if files != resource.RLIM_INFINITY else _MOST
    return max(1, min(_MOST, each))


def _listener(door: Door, *options: str) -> Iterator[str]:
    for host in door.hosts:
        yield f"listener {door.port} {host}"
        yield from options


_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2"
_SERVER: Final = ("certfile server.pem", "keyfile server.key", "tls_version tlsv1.2", f"ciphers {_CIPHERS}")
_CERTIFICATES: Final = (
    *_SERVER,
    "cafile authority.pem",
    f"capath {REVOKED}",
    "crlfile revoked.pem",
    "require_certificate true",
    "use_identity_as_username true",
)
