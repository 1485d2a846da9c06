"""The simulated box's two languages as bytes, written by hand from the public notes on the protocol (vectors, nobody's keys)."""

from typing import Any

import pytest

from firmware_sim.wires.androidtv.messages import HEXADECIMAL, INPUT, LONGEST, OK, PAIRING, REMOTE, Frames, framed
from firmware_sim.wires.protobuf import Garbled

HEAD = {"version": 2, "status": OK}
PAIRED: dict[str, tuple[str, dict[str, Any]]] = {
    # 08 02: version 2; 10 c8 01: status 200; 52: field 10, a chunk
    "a client asks": ("13 08 02 10 c8 01 52 0c 0a 03 61 74 76 12 05 61 20 68 75 62", {"request": {"service": "atv", "client": "a hub"}}),
    "the box agrees": ("0c 08 02 10 c8 01 5a 05 0a 03 62 6f 78", {"request_ack": {"server": "box"}}),
    # a2 01: field 20; 0a 04: an encoding, hexadecimal (3) of 6; 18 01: the client types
    "what can be typed": (
        "10 08 02 10 c8 01 a2 01 08 0a 04 08 03 10 06 18 01",
        {"options": {"input": [{"type": HEXADECIMAL, "length": 6}], "role": INPUT}},
    ),
    # f2 01: field 30
    "what is typed": (
        "10 08 02 10 c8 01 f2 01 08 0a 04 08 03 10 06 10 01",
        {"configuration": {"encoding": {"type": HEXADECIMAL, "length": 6}, "role": INPUT}},
    ),
    # fa 01 00: field 31, empty
    "the code is shown": ("08 08 02 10 c8 01 fa 01 00", {"configuration_ack": {}}),
    # c2 02: field 40; ca 02: field 41
    "the proof": ("0c 08 02 10 c8 01 c2 02 04 0a 02 ab cd", {"secret": {"secret": b"\xab\xcd"}}),
    "the answer": ("0c 08 02 10 c8 01 ca 02 04 0a 02 ab cd", {"secret_ack": {"secret": b"\xab\xcd"}}),
}
DRIVEN: dict[str, tuple[str, dict[str, Any]]] = {
    "what both can": ("0a 0a 08 08 ee 04 12 03 0a 01 78", {"configure": {"features": 622, "device": {"model": "x"}}}),
    "begin": ("05 12 03 08 ee 04", {"active": {"features": 622}}),
    "a ping": ("04 42 02 08 19", {"ping": {"number": 25}}),
    "its answer": ("04 4a 02 08 19", {"pong": {"number": 25}}),
    "a key, short": ("06 52 04 08 1a 10 03", {"key": {"code": 26, "direction": 3}}),
    "an app in front": ("09 a2 01 06 0a 04 62 02 61 62", {"app": {"app": {"package": "ab"}}}),
    "on": ("05 c2 02 02 08 01", {"start": {"started": True}}),
    "how loud": ("09 92 03 06 30 14 38 06 40 01", {"volume": {"most": 20, "level": 6, "muted": True}}),
    "a link": ("07 d2 05 04 0a 02 61 3a", {"link": {"link": "a:"}}),
}


def members(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is nothing, at every depth: the codec tells nothing of what was not said."""
    whole = {name: members(value) if isinstance(value, dict) else value for name, value in said.items()}
    return {name: value for name, value in whole.items() if value not in (0, "", b"", None, [])}


@pytest.mark.parametrize(("text", "said"), PAIRED.values(), ids=PAIRED)
def test_pairing(text: str, said: dict[str, Any]) -> None:
    data = bytes.fromhex(text)
    assert framed(PAIRING, HEAD | said) == data
    (heard,) = Frames(PAIRING).take(data)
    assert members(heard) == members(HEAD | said)
    assert heard.keys() >= said.keys()


@pytest.mark.parametrize(("text", "said"), DRIVEN.values(), ids=DRIVEN)
def test_remote_control(text: str, said: dict[str, Any]) -> None:
    data = bytes.fromhex(text)
    assert framed(REMOTE, said) == data
    (heard,) = Frames(REMOTE).take(data)
    assert members(heard) == members(said)


def test_a_stream_may_be_cut_anywhere_and_no_length_is_believed_blindly() -> None:
    data = bytes.fromhex("04 42 02 08 19") * 3
    frames = Frames(REMOTE)
    assert [said["ping"]["number"] for byte in data for said in frames.take(bytes([byte]))] == [25, 25, 25]
    for garbled in (b"\xff" * 10, bytes([0x81, 0x80, 0x80, 0x01]), b"\x02\x42\x09"):
        with pytest.raises(Garbled):
            Frames(REMOTE).take(garbled)
    assert LONGEST == 64 * 1024
