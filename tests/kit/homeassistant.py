"""A real Home Assistant as a process: configured on disk, asked over its own WebSocket API, stopped as a user would.

It has an owner with a long-lived token and one MQTT entry, both written where Home Assistant keeps them; it reaches nothing
beyond loopback and installs nothing.
"""

import base64
import hashlib
import hmac
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.kit.demo import ROOT

MAIN = ROOT / "tests" / "interop" / "homeassistant_main.py"
HOST = "127.0.0.1"
START_SECONDS = 120.0
OWNER, TOKEN_ID, KEY = "0" * 31 + "1", "0" * 31 + "2", "k" * 64
CREATED = "2026-01-01T00:00:00+00:00"


@dataclass
class HomeAssistant:
    """A running Home Assistant; `log` is what it has printed."""

    connection: ClientConnection
    log: Path
    _number: int = field(default=0)

    def ask(self, kind: str, **arguments: Any) -> Any:
        """Return the result of one WebSocket command; AssertionError with its words when it fails."""
        self._number += 1
        self.connection.send(json.dumps({"id": self._number, "type": kind, **arguments}))
        while True:
            answer = json.loads(self.connection.recv(timeout=30))
            if answer.get("id") == self._number and answer["type"] == "result":
                assert answer["success"], f"{kind} {arguments}: {answer['error']}"
                return answer["result"]

    def states(self) -> dict[str, dict[str, Any]]:
        """Return entity id to state."""
        return {state["entity_id"]: state for state in self.ask("get_states")}

    def registry(self) -> dict[str, dict[str, Any]]:
        """Return unique id to entry, of all entities that came over MQTT."""
        entries = self.ask("config/entity_registry/list")
        return {entry["unique_id"]: entry for entry in entries if entry["platform"] == "mqtt"}

    def devices(self) -> list[dict[str, Any]]:
        """Return the device registry."""
        return list(self.ask("config/device_registry/list"))

    def do(self, service: str, entity: str, **data: Any) -> None:
        """Call a service of one entity, as a button on its page would."""
        domain, _, name = service.partition(".")
        self.ask("call_service", domain=domain, service=name, service_data=data, target={"entity_id": entity})

    def complaints(self) -> list[str]:
        """Return what it has found wrong with what we say, one line each; that it is slow at times says something of this machine."""
        said = [line for line in self.log.read_text().splitlines() if "Updating state for " not in line]
        return [line for line in said if "components.mqtt" in line and (" WARNING " in line or " ERROR " in line)]


@contextmanager
def home_assistant(python: Path, folder: Path, mqtt_port: int, *, prefix: str = "homeassistant") -> Iterator[HomeAssistant]:
    """Run one for as long as the context lives."""
    port = _free_port()
    _write(folder, port, mqtt_port, prefix)
    log = folder / "output.log"
    with log.open("wb") as output:
        command = [str(python), str(MAIN), "--config", str(folder), "--skip-pip"]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True)
        try:
            connection = _connection(process, port, log)
            try:
                yield HomeAssistant(connection, log)
            finally:
                connection.close()
        finally:
            _stop(process)


def _connection(process: subprocess.Popen[bytes], port: int, log: Path) -> ClientConnection:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"Home Assistant ended: {log.read_text()[-2000:]}"
        try:
            connection = connect(f"ws://{HOST}:{port}/api/websocket", max_size=None, open_timeout=5)
        except (OSError, WebSocketException, TimeoutError):
            time.sleep(0.3)
            continue
        assert json.loads(connection.recv(timeout=10))["type"] == "auth_required"
        connection.send(json.dumps({"type": "auth", "access_token": _token()}))
        answer = json.loads(connection.recv(timeout=10))
        assert answer["type"] == "auth_ok", answer
        return connection
    raise TimeoutError(f"Home Assistant does not answer within {START_SECONDS} s: {log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _write(folder: Path, port: int, mqtt_port: int, prefix: str) -> None:
    (folder / "configuration.yaml").write_text(
        "homeassistant: {name: Test, time_zone: Asia/Shanghai, unit_system: metric, currency: CNY, country: CN}\n"
        f"http: {{server_host: {HOST}, server_port: {port}}}\n"
        "api:\nwebsocket_api:\nconfig:\n"
        "logger: {default: warning}\n"
    )
    storage = folder / ".storage"
    storage.mkdir()
    entry = {
        "entry_id": "mqtt",
        "version": 1,
        "minor_version": 1,
        "domain": "mqtt",
        "title": "MQTT",
        "data": {"broker": HOST, "port": mqtt_port, "discovery": True, "discovery_prefix": prefix},
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "unique_id": None,
        "disabled_by": None,
    }
    _store(storage, "core.config_entries", {"entries": [entry]})
    _store(storage, "auth", _accounts())


def _store(storage: Path, name: str, data: Mapping[str, Any]) -> None:
    (storage / name).write_text(json.dumps({"version": 1, "minor_version": 1, "key": name, "data": data}))


def _accounts() -> dict[str, Any]:
    owner = {"id": OWNER, "group_ids": ["system-admin"], "is_owner": True, "is_active": True, "name": "Owner"}
    token = {
        "id": TOKEN_ID,
        "user_id": OWNER,
        "client_id": None,
        "client_name": "tests",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": CREATED,
        "access_token_expiration": 315360000.0,
        "token": "t" * 128,
        "jwt_key": KEY,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": None,
    }
    return {
        "users": [owner | {"system_generated": False, "local_only": False}],
        "groups": [{"id": group, "name": group} for group in ("system-admin", "system-users", "system-read-only")],
        "credentials": [],
        "refresh_tokens": [token],
    }


def _token() -> str:
    """Return the access token that goes with the account on disk: a JWT, HS256."""
    now = int(time.time())
    head, claims = {"alg": "HS256", "typ": "JWT"}, {"iss": TOKEN_ID, "iat": now - 60, "exp": now + 86400}
    body = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    return (body + b"." + _base64(hmac.digest(KEY.encode(), body, hashlib.sha256))).decode()


def _base64(text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")
