"""Everything a hub ever writes or says, searched for every secret it has: in its folder, its logs, its answers, backups, retained topics.

The secrets are real ones, read from its vault afterwards, and the tokens of a driver that makes every mistake with them.
"""

import base64
import gzip
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.storage.state import StateStore
from gateway.trust.vault import open_vault
from gateway.trust.vault_key import KEY_FILE
from tests.kit.demo import PATIENCE, ROOT, ask
from tests.kit.leaky import NAME, UNITS
from tests.kit.secrets import disguises

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
LAN, MQTTS = "127.0.21.1", 8883
TOKENS = {unit: f"canary-token-of-{unit}-4f7c1d" for unit in UNITS}
PASSPHRASE = "four words are good"


@dataclass
class Hub:
    """A hub as a process, and all it said."""

    folder: Path
    json_logs: bool = False
    process: subprocess.Popen[bytes] | None = None
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> str:
        return str(self.data / "control.sock")

    def start(self) -> None:
        given = {"mqtt_port": 0, "coap_port": 0, "lan": [LAN], "mqtts_port": MQTTS, "interfaces": ["127.0.0.1"]}
        told = {"file": {"discovery": {"announce": False}}, "data": str(self.data), "given": given, "json_logs": self.json_logs}
        with (self.folder / "stdout").open("ab") as out, (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.kit.leaky", json.dumps(told)]
            self.process = subprocess.Popen(command, stdout=out, stderr=log, cwd=ROOT, start_new_session=True)
        eventually(lambda: "gateway" in self.call("status"), "the hub is up")

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Ask over the control socket and keep the answer; return its result or its error."""
        try:
            answer = ask(self.socket, {"id": 1, "call": name, "with": arguments})
        except OSError:
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            return {}
        self.answers.append((name, json.dumps(answer).encode()))
        return answer.get("result", answer.get("error"))

    def stop(self, how: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, how) if how is signal.SIGKILL else self.process.send_signal(how)
        self.process.wait(30)


def eventually(condition: Any, what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.1)


def hulian(hub: Hub, *arguments: str) -> bytes:
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(hub.data), *arguments]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(params=[False, True], ids=["words", "json"])
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hub]:
    running = Hub(tmp_path, json_logs=request.param)
    running.start()
    yield running
    with suppress(ProcessLookupError):
        running.stop(signal.SIGKILL)


# What happens in its life


def take_in_the_units(hub: Hub) -> None:
    eventually(lambda: len(hub.call("inbox")) >= len(UNITS), "all units seen")
    later = UNITS[-1]
    file = hub.folder / "tokens"
    file.write_text(f"[{NAME}:{later}]\ntoken = {TOKENS[later]}\n")
    hub.answers.append(("cli import", hulian(hub, "vault", "import", str(file))))
    file.unlink()
    for unit in UNITS:
        hub.call("accept", unit=f"{NAME}:{unit}")  # an answer is missing, but for the one imported before
        hub.call("accept", unit=f"{NAME}:{unit}", answers={"token": TOKENS[unit]})
    eventually(lambda: {"plug-good", "plug-later"} <= {each["id"] for each in hub.call("devices")["devices"]}, "two at work")


def ask_everything(hub: Hub, clients: dict[str, str]) -> None:
    """Ask each call that does not end the hub, well and badly."""
    device = {"device": "plug-good"}
    well: dict[str, dict[str, Any]] = {
        "status": {},
        "devices": {},
        "show": device,
        "td": device,
        "history": device,
        "inbox": {},
        "doctor": {},
        "clients": {},
        "journal": {},
        "vault-list": {},
        "credentials": {},
        "record": device | {"seconds": 1.0},
        "vault-export": {"passphrase": PASSPHRASE},
        "name": device | {"name": "Kettle"},
        "room": device | {"room": "Kitchen"},
        "tag": device | {"tags": ["a"]},
        "command": device | {"operation": "writeproperty", "name": "power", "input": False},
        "accept": {"unit": f"{NAME}:plug-unpaired", "answers": {"token": TOKENS["plug-unpaired"]}},
        "revoke": {"client": clients["viewer"]},
    }
    for name, arguments in well.items():
        hub.call(name, **arguments)
        hub.call(name, **dict.fromkeys(arguments, 5))
    for value in (True, False):
        hub.call("command", **device, operation="writeproperty", name="power", input=value)
    hub.call("vault-import", driver=NAME, key="plug-refused", credentials={"token": TOKENS["plug-refused"]})
    hub.call("vault-import", driver="nobody", key="x", credentials={"token": TOKENS["plug-good"]})
    hub.call("vault-import", driver=NAME, key="x", credentials={"a b": TOKENS["plug-good"]})


def let_in(hub: Hub, role: str) -> dict[str, Any]:
    """Let a client in at the hub; only this answer has its secrets, and it is not kept."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    answer: dict[str, Any] = hub.call("enrol", role=role, name=f"a {role}", request=public)
    assert answer.get("oscore"), answer
    hub.answers.pop()
    for name, content in (("authority", answer["authority"]), ("certificate", answer["certificate"])):
        (hub.folder / f"{role}.{name}").write_text(content)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (hub.folder / f"{role}.key").write_bytes(pem)
    return answer


@contextmanager
def open_window(hub: Hub) -> Iterator[dict[str, Any]]:
    """Open the pairing window for as long as the context lives; its offer is for a person, and is not kept."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(hub.socket)
        connection.sendall(json.dumps({"id": 1, "call": "pair", "with": {"role": "user"}}).encode() + b"\n")
        yield json.loads(connection.makefile("rb").readline())["item"]


def retained(hub: Hub) -> bytes:
    """Return everything the broker keeps and says within a while, read as the owner."""
    command = ["mosquitto_sub", "-h", LAN, "-p", str(MQTTS), "-V", "mqttv5", "-v", "-W", "3", "-t", "#", "-t", "homeassistant/#"]
    keys = ("--cafile", "owner.authority", "--cert", "owner.certificate", "--key", "owner.key")
    done = subprocess.run([*command, *keys], capture_output=True, cwd=hub.folder, timeout=30, check=False)
    return done.stdout


def copies(hub: Hub) -> dict[str, bytes]:
    """Return what leaves the house: an export, and backups with and without the key, as they are and unpacked."""
    phrase = hub.folder / "phrase"
    phrase.write_text(PASSPHRASE + "\n")
    out = {
        "export": hub.folder / "out.export",
        "backup": hub.folder / "out.backup",
        "backup with key": hub.folder / "out.backup-with-key",
    }
    said = hulian(hub, "vault", "export", str(out["export"]), "--passphrase-file", str(phrase))
    said += hulian(hub, "backup", str(out["backup"]))
    said += hulian(hub, "backup", str(out["backup with key"]), "--with-key", "--passphrase-file", str(phrase))
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in out.values())
    raw = {name: path.read_bytes() for name, path in out.items()}
    opened = {f"{name}, unpacked": gzip.decompress(content) for name, content in raw.items() if content[:2] == b"\x1f\x8b"}
    assert opened
    return raw | opened | {"said": said}


def bring_back(hub: Hub) -> bytes:
    """Import what was exported; return what was said."""
    said = hulian(hub, "vault", "import", str(hub.folder / "out.export"), "--passphrase-file", str(hub.folder / "phrase"))
    assert said.count(b"in the home, and begun anew") == len(UNITS) - 1, said
    return said


# What is searched for, and where


async def secrets_of(hub: Hub) -> dict[str, bytes]:
    """Return every secret in the vault of a stopped hub, in its barest form, by name."""
    found: dict[str, bytes] = {f"token {unit}": token.encode() for unit, token in TOKENS.items()}
    found["root key"] = bytes.fromhex((hub.data / KEY_FILE).read_text())
    async with StateStore(hub.data / "state.db") as store:
        vault = await open_vault(hub.data, store.secrets)
        for compartment in vault.compartments():
            if compartment.startswith("driver:"):
                continue
            for name in vault.compartment(compartment).names():
                secret = vault.compartment(compartment).get(name) or b""
                found |= {f"{compartment} {name} {part}": bare for part, bare in parts(secret).items()}
    return found


def parts(secret: bytes) -> dict[str, bytes]:
    """Return the secret parts of a row of the vault: numbers and words of a JSON document, keys bare, anything else as it is."""
    try:
        document = orjson.loads(secret)
    except ValueError:
        return {"whole": secret} if len(secret) >= 8 else {}
    found: dict[str, bytes] = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        if name in {"master_secret", "code"}:
            found[name] = bytes.fromhex(value)
        elif name == "pin":
            found[name] = str(value).encode()
        elif isinstance(value, str) and "PRIVATE KEY" in value:
            key = serialization.load_pem_private_key(value.encode(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            found[f"{name} scalar"] = key.private_numbers().private_value.to_bytes(32)
    return found


def lying_about(places: dict[str, bytes], secrets: dict[str, bytes]) -> set[tuple[str, str, str]]:
    """Return (secret, form, place) of everything that was found."""
    forms = {name: disguises(secret) for name, secret in secrets.items()}
    return {
        (name, form, place)
        for place, content in places.items()
        for name, each in forms.items()
        for form, text in each.items()
        if text in content
    }


def raw(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def modes(folder: Path) -> dict[str, str]:
    """Return what others may open, of a data folder; mosquitto's own socket is 0770, in a folder that is closed."""
    found = {path: path.lstat().st_mode for path in (folder, *folder.rglob("*")) if path.name != "own.sock"}
    return {str(path): oct(mode) for path, mode in found.items() if mode & 0o077 and not stat.S_ISLNK(mode)}


OWN_PLACE = {
    ("root key", KEY_FILE): "where it is kept",
    ("authority server key scalar", "broker"): "mosquitto reads its key from a file; 0600, in a folder of 0700",
}
"""Which secret may lie where."""


def unexpected(found: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return sorted(each for each in found if not any(each[0] == name and each[2].startswith(place) for name, place in OWN_PLACE))


async def test_no_secret_lies_about_after_a_life_with_errors_crashes_and_backups(hub: Hub) -> None:
    take_in_the_units(hub)
    clients = {role: str(let_in(hub, role)["client"]) for role in ("owner", "viewer", "user")}
    ask_everything(hub, clients)
    eventually(lambda: b"lost https://unit" in (hub.folder / "log").read_bytes(), "a session was lost")
    places = {"retained": retained(hub), **copies(hub)}
    assert b"hulian/1" in places["retained"]
    assert modes(hub.data) == {}

    with open_window(hub) as offer:
        hub.call("status")
        hub.call("journal")
        hub.stop(signal.SIGKILL)
    places |= {f"{name} (killed)": content for name, content in raw(hub.data).items() if name != KEY_FILE}
    secrets = await secrets_of(hub)
    assert secrets["pairing window pin"] == offer["pin"].encode()
    hub.start()
    eventually(lambda: len(hub.call("devices")["devices"]) >= 2, "back again")
    hub.answers += [("cli list", hulian(hub, "vault", "list")), ("cli import", bring_back(hub))]
    places["retained later"] = retained(hub)
    hub.stop(signal.SIGINT)
    secrets |= await secrets_of(hub)

    places |= raw(hub.data) | {"log": (hub.folder / "log").read_bytes(), "stdout": (hub.folder / "stdout").read_bytes()}
    places |= {f"answer {number} to {name}": answer for number, (name, answer) in enumerate(hub.answers)}
    assert modes(hub.data) == {}
    assert enough(secrets, places)
    assert unexpected(lying_about(places, secrets)) == []


def enough(secrets: dict[str, bytes], places: dict[str, bytes]) -> bool:
    """Return whether there were secrets, mistakes and answers enough for the search to mean something; and that it finds what is there."""
    for words in (b"cannot send", b"login", b"is not taken", b"about to send", b"Traceback", b"lost https://unit", b"[secret]"):
        assert words in places["log"], words
    answers = b"".join(content for place, content in places.items() if place.startswith("answer"))
    for words in (b"the cloud says 401 to [secret]", b"does not take [secret]", b"vault-import", b"parcel-1"):
        assert words in answers, words
    kinds = {name.split()[0] for name in secrets}
    assert kinds >= {"token", "root", "clients", "authority", "pairing"}, kinds
    assert {"authority home key scalar", "authority server key scalar", "pairing window pin", "pairing window code"} <= secrets.keys()
    assert {name.rpartition("/")[2] for name in secrets if name.startswith("clients")} == {"oscore master_secret", "psk whole"}
    planted = {"x": b"...." + secrets["authority home key scalar"].hex().encode() + b"....", KEY_FILE: places[KEY_FILE]}
    assert {(name, place) for name, _, place in lying_about(planted, secrets)} == {
        ("authority home key scalar", "x"),
        ("root key", KEY_FILE),
    }
    return len(places) > 60


def test_the_search_finds_a_secret_in_every_form_and_at_every_place() -> None:
    secret = bytes(range(7, 39))
    forms = disguises(secret)
    for front in range(12):
        whole = bytes(front) + secret + bytes(9)
        for text in (whole, whole.hex().encode(), base64.b64encode(whole), base64.urlsafe_b64encode(whole), base64.b32encode(whole)):
            assert any(form in text for form in forms.values()), (front, text)
    assert not any(form in os.urandom(1 << 20) for form in forms.values())
