"""What a simulated transmitter does with a packet that is wrong, a client too many, a burst too short, and a time too long."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from firmware_sim.air import Burst
from firmware_sim.appliance import Appliance
from firmware_sim.infrared.nec import Nec, encode
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.broadlink import code, packet
from firmware_sim.wires.broadlink.cipher import BORN_WITH, opened, sealed
from firmware_sim.wires.broadlink.identity import identity_of
from firmware_sim.wires.broadlink.packet import BEGINNING, HEAD, total
from firmware_sim.wires.broadlink.receiver import Receiver
from firmware_sim.wires.broadlink.transmitter import Transmitter

Build = Callable[..., Appliance]
POWER = encode(Nec(4, 8))


class Client:
    """Speaks to a transmitter without a network; counts for itself."""

    def __init__(self, appliance: Appliance, **facts: Any) -> None:
        quirks = frozenset(facts.pop("quirks", ()))
        self.time = 0.0
        self.appliance = appliance
        self.receiver = Receiver(appliance, lambda: self.time)
        self.receiver.plug_in()
        self.unit = Transmitter(identity_of("eye", {"model": 0x2737, **facts}), appliance, self.receiver, quirks, facts, Random(1))
        self.key, self.number = BORN_WITH, 0

    def say(self, kind: int, clear: bytes, *, key: bytes | None = None, wrong: int = 0) -> tuple[int, bytes]:
        """Return the error and the clear body of the answer."""
        head = bytearray(HEAD)
        head[:8] = BEGINNING
        head[0x26], head[0x2A:0x30] = kind, self.unit.identity.mac[::-1]
        head[0x30:0x34] = self.number.to_bytes(4, "little")
        head[0x34:0x36] = (total(clear) ^ wrong).to_bytes(2, "little")
        data = head + sealed(key or self.key, clear)
        data[0x20:0x22] = total(bytes(data)).to_bytes(2, "little")
        answer = self.unit.reply(bytes(data))
        assert answer is not None
        error = int.from_bytes(answer[0x22:0x24], "little", signed=True)
        return error, opened(BORN_WITH if kind == packet.LET_IN else self.key, answer[HEAD:])

    def enter(self) -> int:
        error, body = self.say(packet.LET_IN, bytes(80), key=BORN_WITH)
        if not error:
            self.number, self.key = int.from_bytes(body[:4], "little"), body[4:20]
        return error

    def do(self, command: int, data: bytes = b"") -> tuple[int, bytes]:
        return self.say(packet.COMMAND, command.to_bytes(4, "little") + data)

    def press(self, burst: Burst) -> None:
        self.appliance.touch({"infrared": {"raw": list(burst.pulses), "carrier": burst.carrier}})


@pytest.fixture
def client(build: Build) -> Client:
    client = Client(build("ir-remote", seed=1))
    assert client.enter() == 0
    return client


def test_it_listens_for_half_a_minute_and_keeps_the_first_key(client: Client) -> None:
    assert client.do(4)[0] == -5
    client.press(POWER)
    assert client.do(4)[0] == -5, "nobody asked it to listen"
    client.do(3)
    client.press(Burst((500, 500, 500), 38_000))
    client.press(Burst(POWER.pulses, 22_750))
    assert client.do(4)[0] == -5, "too short, and beyond what it hears"
    client.time = 29.9
    client.press(POWER)
    client.press(encode(Nec(4, 9)))
    error, body = client.do(4)
    assert error == 0
    length = int.from_bytes(body[6:8], "little")
    assert code.decode(body[4 : 8 + length])[0] == code.decode(code.encode(POWER.pulses))[0]
    client.do(3)
    client.time += 30.1
    client.press(POWER)
    assert client.do(4)[0] == -5, "too late, and the old one is forgotten"


def test_a_book_in_front_of_it_and_its_own_light_blind_it(client: Client) -> None:
    client.do(3)
    client.appliance.touch({"covered": True})
    client.press(POWER)
    assert client.do(4)[0] == -5
    client.appliance.touch({"covered": False})
    assert client.do(2, code.encode(POWER.pulses))[0] == 0
    client.press(POWER)
    assert client.do(4)[0] == -5, "whoever sends has stopped learning"


def test_what_is_wrong_is_said_so_and_changes_nothing(client: Client) -> None:
    assert client.do(0x55)[0] == -4
    assert client.do(2, b"\xb2\0\1\0\1")[0] == -6
    assert client.do(2, code.encode([500] * 1401))[0] == -7
    assert client.do(0x24)[0] == -4, "this model has no sensor"
    assert client.say(packet.COMMAND, bytes(4), wrong=1)[0] == -7
    assert client.say(packet.COMMAND, bytes(4), key=bytes(16))[0] == -7
    client.number += 1
    assert client.do(1)[0] == -7
    assert client.unit.sent == 0


def test_nobody_is_answered_who_speaks_of_another_unit_or_no_language(client: Client) -> None:
    assert client.unit.reply(b"hello") is None
    assert client.unit.unread == 1
    head = bytearray(HEAD)
    head[:8], head[0x26], head[0x2A:0x30] = BEGINNING, packet.COMMAND, b"others"
    head[0x20:0x22] = total(bytes(head)).to_bytes(2, "little")
    assert client.unit.reply(bytes(head)) is None
    head[0x26], head[0x20:0x22] = 0x77, b"\0\0"
    head[0x2A:0x30] = client.unit.identity.mac[::-1]
    head[0x20:0x22] = total(bytes(head)).to_bytes(2, "little")
    assert client.unit.reply(bytes(head)) is None


def test_it_remembers_eight_clients_and_a_forgetful_one_the_last(build: Build) -> None:
    for quirks, most in (((), 8), (("forgetful",), 1)):
        client = Client(build("ir-remote", seed=1), quirks=quirks)
        client.enter()
        first = (client.number, client.key)
        for _ in range(most - 1):
            client.enter()
        client.number, client.key = first
        assert client.do(1)[0] == 0
        client.enter()
        client.number, client.key = first
        assert client.do(1)[0] == -7


def test_without_its_cloud_and_without_anybody_who_feeds_it_a_newer_program_restarts(build: Build) -> None:
    fed = bytearray(48)
    fed[0x26] = 1
    for quirks, ended in ((("watchdog",), -7), ((), 0)):
        client = Client(build("ir-remote", seed=1), quirks=quirks)
        client.enter()
        for _ in range(3):
            client.time += 100.0
            assert client.unit.reply(bytes(fed)) is None
        assert client.do(1)[0] == 0
        client.time += 121.0
        assert client.do(1)[0] == ended
        assert client.unit.fed == 3


def test_without_power_for_its_diodes_it_cannot_send(client: Client) -> None:
    client.appliance.mains("off")
    assert client.do(2, code.encode(POWER.pulses))[0] == -8


def test_a_kind_that_is_no_transmitter_and_facts_nobody_knows_are_mistakes(build: Build) -> None:
    with pytest.raises(SetupMistake, match="ir-remote"):
        Client(build("fan"))
    with pytest.raises(SetupMistake, match="0x2737"):
        identity_of("eye", {"model": 0x1234})
