"""What an appliance was given when it was paired with a hub: a folder with its certificate, its key, and where the hub is.

client.pem        its certificate
client.key        the key of it, readable by nobody else
authority.pem     the authority of that home, which also signs the hub's certificate
connection.json   among others `client`, the name in the certificate, `device`, the id it has in its topics, and `mqtt`, the broker as
                  mqtts://host:port
oscore/           the key the hub speaks CoAP under, as aiocoap keeps one
"""

import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.refusal import SetupMistake

OSCORE = ("secret_hex", "salt_hex", "sender-id_hex", "recipient-id_hex")
FILES = ("client.pem", "client.key", "authority.pem", "connection.json")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One folder, read: `client` is who the appliance is to the hub, `broker` where it speaks, `device` its id in topics."""

    folder: Path
    client: str
    broker: str
    device: str | None = None

    def tls(self) -> ssl.SSLContext:
        """Return what to speak TLS with: our certificate, and the hub's own authority alone; SetupMistake for a file that is none."""
        try:
            context = ssl.create_default_context(cafile=str(self.folder / "authority.pem"))
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
        except (OSError, ssl.SSLError) as error:
            raise SetupMistake(f"{self.folder}: the certificate or its key cannot be used: {error}") from error
        return context


def oscore_folder(folder: Path) -> Path:
    """Return the folder of the key for CoAP; SetupMistake when there is none, or half of one."""
    file = folder / "oscore" / "settings.json"
    if not file.is_file():
        raise SetupMistake(f"{folder} has no oscore/settings.json: it is no credentials folder; `hulian join --help` says how one is made")
    try:
        document = json.loads(file.read_text())
        for name in OSCORE:
            bytes.fromhex(document[name])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupMistake(f"{file} holds no key that can be used: {error}") from error
    return file.parent


def read_credentials(folder: Path) -> Credentials:
    """Return what is in the folder; SetupMistake names what is missing."""
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise SetupMistake(f"{folder} has no {', '.join(missing)}: it is no credentials folder; `hulian join --help` says how one is made")
    try:
        document = json.loads((folder / "connection.json").read_text())
        client, broker = document["client"], document["mqtt"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupMistake(f"{folder / 'connection.json'} does not say `client` and `mqtt`: {error}") from error
    if not isinstance(client, str) or not isinstance(broker, str) or not broker.startswith("mqtts://"):
        raise SetupMistake(f"{folder / 'connection.json'}: `client` is a name and `mqtt` a URL such as mqtts://192.168.1.2:8883")
    device = document.get("device")
    return Credentials(folder, client, broker, device if isinstance(device, str) else None)
