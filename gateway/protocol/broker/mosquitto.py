"""mosquitto: where it is, and the few lines of configuration it gets."""

import os
import shutil
from pathlib import Path

from gateway.protocol.mqtt.connection import LARGEST

_OFF_PATH = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
"""Places that are often not on the PATH of people who are not root."""


def find() -> str | None:
    """Return the path of the program, None when the machine has none."""
    return shutil.which("mosquitto") or next((path for path in _OFF_PATH if os.access(path, os.X_OK)), None)


def configuration(host: str, port: int) -> str:
    """Return the configuration: one loopback listener, nothing on disk, long queues, complaints to stderr."""
    return "\n".join(
        (
            f"listener {port} {host}",
            "allow_anonymous true",
            "persistence false",
            "set_tcp_nodelay true",
            f"max_packet_size {LARGEST}",
            "max_inflight_messages 1000",
            "max_queued_messages 50000",
            "sys_interval 0",
            "connection_messages false",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "log_timestamp false",
            "",
        )
    )


def write_configuration(folder: Path, host: str, port: int) -> Path:
    """Write it for our eyes only: as root, mosquitto reads it before it drops to its own user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "mosquitto.conf"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(configuration(host, port))
    return path
