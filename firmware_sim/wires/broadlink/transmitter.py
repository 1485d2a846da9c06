"""What a unit does when it is spoken to: it lets clients in, takes their commands, and answers each packet once.

`quirks`: `forgetful` (lets only one client in at a time), `no-sensor` (an RM4 without its cable: zeros), `cold` (a reading of minus seven
degrees now and then, as owners reported of RM4: home-assistant/core #42100), `watchdog` (a program from v53 on that cannot reach the
maker's cloud: it restarts, and forgets its clients, when nobody feeds it for two minutes).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.broadlink import code, packet
from firmware_sim.wires.broadlink.cipher import BORN_WITH, opened, sealed
from firmware_sim.wires.broadlink.identity import Identity
from firmware_sim.wires.broadlink.letter import VERSION, Garbled, Letter, read, written
from firmware_sim.wires.broadlink.packet import COMMAND, LET_IN, Packet, Unreadable
from firmware_sim.wires.broadlink.receiver import Receiver

NOT_LET_IN, NO_SUCH_COMMAND, GARBLED, EXPIRED, CANNOT_SEND = -1, -4, -6, -7, -8
CARRIER = 38_000
"""Hertz: it measures no carrier, and sends all infrared at this one."""
CLIENTS = 8
LONGEST = 1400
"""Bytes of a code beyond which it says that the key is expired: owners saw that (python-broadlink #607), and not where it begins."""
STATE, SEND, LEARN, FETCH, CLIMATE = 1, 2, 3, 4, 0x24
FORGETFUL, NO_SENSOR, COLD, WATCHDOG = "forgetful", "no-sensor", "cold", "watchdog"
QUIRKS: Final = frozenset({FORGETFUL, NO_SENSOR, COLD, WATCHDOG})
STARVES = 120.0
"""Seconds; what the client broadlink says of programs from v53 on."""
Done = tuple[int, bytes]
"""An error number and the data of the answer."""


class Transmitter:
    """`unread`: packets it could not read; `sent`: codes it sent; `let_in`: how often it let somebody in; `fed`: its watchdog."""

    def __init__(
        self, identity: Identity, appliance: Appliance, receiver: Receiver, quirks: frozenset[str], facts: Mapping[str, Any], random: Random
    ) -> None:
        self.unread = self.sent = self.let_in = self.fed = 0
        self._fed_at = receiver.time()
        self.identity = identity
        self._appliance = appliance
        self._receiver = receiver
        self._quirks = quirks
        self._climate = float(facts.get("temperature", 24.3)), float(facts.get("humidity", 45.2))
        self._random = random
        self._keys: OrderedDict[int, bytes] = OrderedDict()
        self._commands: dict[int, Callable[[bytes], Done]] = {
            STATE: self._state,
            SEND: self._send,
            LEARN: self._learn,
            FETCH: self._fetch,
            CLIMATE: self._hundredths,
            VERSION: lambda _: (0, (57).to_bytes(2, "little")),
        }

    def introduction(self, address: str, port: int) -> bytes:
        """Return what it says to somebody who looks for units; `port`: 0 where it is the make's own."""
        who = self.identity
        return packet.introduction(model=who.model, mac=who.mac, address=address, port=port, name=who.name, locked=who.locked)

    def reply(self, data: bytes) -> bytes | None:
        """Do what a packet asks and return the answer; None when nobody could read it."""
        if packet.is_keep_alive(data):
            self.fed, self._fed_at = self.fed + 1, self._receiver.time()
            return None
        self._watch()
        try:
            asked = packet.read(data)
        except Unreadable:
            self.unread += 1
            return None
        if asked.mac != self.identity.mac:
            return None
        if asked.type == LET_IN:
            return self._admit(asked)
        return self._obey(asked) if asked.type == COMMAND else None

    def _watch(self) -> None:
        """Restart where the watchdog starved."""
        if WATCHDOG in self._quirks and self._receiver.time() - self._fed_at > STARVES:
            self._keys.clear()
            self._fed_at = self._receiver.time()

    def _admit(self, asked: Packet) -> bytes:
        clear = opened(BORN_WITH, asked.body)
        if self.identity.locked or packet.total(clear) != asked.total:
            return self._answer(asked, NOT_LET_IN, BORN_WITH, b"")
        self.let_in += 1
        client, key = self.let_in, self._random.randbytes(16)
        self._keys[client] = key
        while len(self._keys) > (1 if FORGETFUL in self._quirks else CLIENTS):
            self._keys.popitem(last=False)
        return self._answer(asked, 0, BORN_WITH, client.to_bytes(4, "little") + key)

    def _obey(self, asked: Packet) -> bytes:
        key = self._keys.get(asked.client)
        if key is None:
            return self._answer(asked, EXPIRED, BORN_WITH, b"")
        clear = opened(key, asked.body)
        if packet.total(clear) != asked.total:  # zeros that fill the last block up add nothing to it
            return self._answer(asked, EXPIRED, key, b"")
        try:
            letter = read(clear, framed=self.identity.framed)
        except Garbled:
            return self._answer(asked, GARBLED, key, b"")
        error, data = self._commands.get(letter.command, _unknown)(letter.data)
        body = b"" if error else written(Letter(letter.command, data), framed=self.identity.framed)
        return self._answer(asked, error, key, body)

    def _answer(self, asked: Packet, error: int, key: bytes, clear: bytes) -> bytes:
        who = self.identity
        return packet.answer(asked, model=who.model, mac=who.mac, error=error, clear=clear, body=sealed(key, clear))

    def _state(self, _: bytes) -> Done:
        """Tell the temperature where it has a sensor, and further on name and lock, as all do."""
        head = _parts(self._felt(), 10) if self.identity.climate == "tenths" else b""
        name = self.identity.name.encode()[:60]
        return 0, (head.ljust(0x48, b"\0") + name).ljust(0x87, b"\0") + bytes([self.identity.locked])

    def _hundredths(self, _: bytes) -> Done:
        if self.identity.climate != "hundredths":
            return NO_SUCH_COMMAND, b""
        if NO_SENSOR in self._quirks:
            return 0, bytes(4)
        return 0, _parts(self._felt(), 100) + _parts(self._climate[1], 100)

    def _felt(self) -> float:
        return -7.0 if COLD in self._quirks and self._random.random() < 0.5 else self._climate[0]  # noqa: PLR2004 - half of the time

    def _learn(self, _: bytes) -> Done:
        self._receiver.learn()
        return 0, b""

    def _fetch(self, _: bytes) -> Done:
        heard = self._receiver.fetched()
        return (self.identity.empty, b"") if heard is None else (0, heard)

    def _send(self, data: bytes) -> Done:
        if len(data) > LONGEST:
            return EXPIRED, b""
        try:
            pulses, again = code.decode(data)
        except code.NoCode:
            return GARBLED, b""
        self._receiver.stop()  # whoever sends has stopped learning
        try:
            self._appliance.invoke("send", {"raw": list(pulses), "carrier": CARRIER, "repeat": min(again, 20)})
        except Refusal:
            return CANNOT_SEND, b""
        self.sent += 1
        return 0, b""


def _parts(number: float, parts: int) -> bytes:
    """Return whole degrees and their fraction, each in a byte with a sign."""
    whole = int(number)
    return whole.to_bytes(1, "little", signed=True) + round((number - whole) * parts).to_bytes(1, "little", signed=True)


def _unknown(_: bytes) -> Done:
    return NO_SUCH_COMMAND, b""
