"""What is promised about MQTT, said plainly: a broker of our own keeps to the table of rights, somebody else's is not ours to vouch for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.protocol.broker.plan import Doors


class Level(StrEnum):
    """How good a line is: promised, a risk somebody chose, or not in our hands."""

    KEPT = "kept"
    RISK = "risk"
    NOT_OURS = "not-ours"


@dataclass(frozen=True, slots=True)
class Promise:
    """One line for `hulian doctor`."""

    level: Level
    subject: str
    text: str


_OURS: Final = (
    Promise(Level.KEPT, "mqtt-identity", "a client writes only under its own branch, and is who its certificate says"),
    Promise(Level.KEPT, "mqtt-revocation", "who is put out loses the connection at once, and no handshake lets it in again"),
    Promise(Level.KEPT, "mqtt-takeover", "a client that knows another's MQTT client id can cut its connection, and inherits nothing by it"),
)
_EXISTING: Final = (
    Promise(
        Level.NOT_OURS,
        "mqtt-identity",
        "this broker is not ours: anyone it lets in can publish under any client's branch, so envelopes act with role user, never owner",
    ),
    Promise(
        Level.NOT_OURS, "mqtt-reading", "whoever this broker lets in can read what it passes on: every value, event and ack of the home"
    ),
    Promise(Level.NOT_OURS, "mqtt-revocation", "`hulian revoke` does not cut connections to this broker: take the account away there too"),
    Promise(Level.NOT_OURS, "mqtt-appliances", "an appliance on this broker can speak for another unless its rights there say otherwise"),
)


def what_is_promised(kind: str, *, owned: bool, doors: Doors | None = None, encrypted: bool = False) -> tuple[Promise, ...]:
    """Return the lines for a broker of this `kind` (existing, mosquitto, amqtt); `encrypted`: the link to an existing one is TLS."""
    if kind == "existing":
        clear = Promise(Level.RISK, "mqtt-encryption", "the link to this broker is not encrypted: use mqtts:// or a broker on this machine")
        return _EXISTING if encrypted else (*_EXISTING, clear)
    if kind == "amqtt":
        return (_amqtt(owned=owned),)
    known = doors or Doors()
    return (*(() if known.open else _OURS), *_risks(known, owned=owned))


def _amqtt(*, owned: bool) -> Promise:
    if owned:
        text = "the broker from PyPI knows no certificates: since this home has an owner it lets in the gateway alone. Install mosquitto"
        return Promise(Level.RISK, "mqtt-clients", text)
    return Promise(Level.RISK, "mqtt-clients", "the broker from PyPI serves this machine only, without keys; for the LAN install mosquitto")


def _risks(doors: Doors, *, owned: bool) -> tuple[Promise, ...]:
    risks = []
    if doors.open:
        why = "this is a demo" if owned else "this home has no owner yet: `hulian pair` makes one"
        risks.append(Promise(Level.RISK, "mqtt-open", f"whoever is on this machine is let in without a key, for {why}"))
    elif doors.plain:
        where = ", ".join(f"{host}:{doors.plain.port}" for host in doors.plain.hosts)
        risks.append(
            Promise(Level.RISK, "mqtt-plain", f"passwords and values cross the network in clear to {where}, because you asked for it")
        )
    if doors.passwords and not doors.open:
        text = f"appliances without a certificate come in with a password on port {doors.passwords.port}"
        risks.append(Promise(Level.RISK, "mqtt-passwords", text))
    return tuple(risks)
