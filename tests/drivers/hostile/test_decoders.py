"""Whatever arrives, a decoder reads it or says WireError; what it has read, the mapping data make values of, or nothing."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.drivers.echonet import frame as echonet
from gateway.drivers.echonet.identity import facts_of
from gateway.drivers.echonet.lists import object_list, property_map
from gateway.drivers.echonet.mapping import classes
from gateway.drivers.gree.cipher import SHARED, hide
from gateway.drivers.gree.degrees import target
from gateway.drivers.gree.letter import Tongue
from gateway.drivers.gree.mapping import kinds
from gateway.drivers.gree.search import found
from gateway.drivers.midea import envelope, packet
from gateway.drivers.midea import frame as midea
from gateway.drivers.midea.capabilities import decode_capabilities
from gateway.drivers.midea.description import describe
from gateway.drivers.midea.mapping import mapping_of
from gateway.drivers.midea.reply import decode_reply
from gateway.drivers.miio import packet as miio
from gateway.drivers.miio.cipher import checksum, encrypt
from gateway.drivers.miio.line import Line
from gateway.drivers.miio.models import FOLDER
from gateway.drivers.miio.sheet import sheet_of
from gateway.drivers.miio.unit import DeviceUnit
from gateway.drivers.parts.reading import numeric
from gateway.errors import CommandError, WireError

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TOKEN, SESSION = bytes(range(16)), bytes(range(32))
Decode = Callable[[bytes], Any]


def sealed(content: bytes, token: bytes = TOKEN) -> bytes:
    """Return what a Xiaomi device sends with any content."""
    hidden = encrypt(content, token)
    head = miio.MAGIC + (miio.HEAD + len(hidden)).to_bytes(2, "big") + bytes(4) + (7).to_bytes(4, "big") + (9).to_bytes(4, "big")
    return head + checksum(head, token, hidden) + hidden


def letter(content: bytes, version: int = 1) -> bytes:
    """Return what a Gree unit sends with any content, under the key of all units."""
    pack, tag = hide(version, SHARED[version], content)
    return orjson.dumps({"t": "pack", "i": 1, "pack": pack, "cid": "f4911e000001"} | ({} if tag is None else {"tag": tag}))


E = echonet.Frame(number=1, service=echonet.GOT, source=0x013001, properties=((0x80, b"\x30"), (0xB3, b"\x18"), (0xBB, b"")))
A = midea.encode_frame(midea.Frame(0xAC, midea.QUERY, bytes([0xC0, *range(24), 1])))
P = packet.encode_packet(packet.Packet(77, A), 1e9)
WHOLE: Mapping[str, tuple[Decode, bytes]] = {
    "echonet": (echonet.decode_frame, echonet.encode_frame(E)),
    "midea frame": (midea.decode_frame, A),
    "midea packet": (packet.decode_packet, P),
    "midea envelope": (
        lambda data: envelope.decode_envelope(data, SESSION),
        envelope.encode_envelope(envelope.Envelope(envelope.QUESTION, 3, P), SESSION),
    ),
    "gree 1": (Tongue().read, letter(b'{"t":"dev","mac":"f4911e000001"}')),
    "gree 2": (Tongue().read, letter(b'{"t":"dev","mac":"f4911e000001"}', 2)),
    "miio": (lambda data: miio.decode(data, TOKEN), sealed(b'{"id":1,"result":["ok"]}\0')),
    "miio hello": (miio.decode_introduction, miio.MAGIC + b"\x00\x20" + bytes(4) + b"\x00\x00\x00\x07" + bytes(20)),
}
SEARCHES: Mapping[str, Decode] = {"midea reply": decode_reply, "gree card": lambda data: found(Tongue().read(data))}


@pytest.mark.parametrize("wire", WHOLE)
def test_every_truncation_is_refused(wire: str) -> None:
    decode, whole = WHOLE[wire]
    decode(whole)
    for length in range(len(whole)):
        with pytest.raises(WireError):
            decode(whole[:length])


@pytest.mark.parametrize("wire", WHOLE)
def test_every_flipped_byte_is_read_or_refused(wire: str) -> None:
    decode, whole = WHOLE[wire]
    for at in range(len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            refused_or_read(decode, whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])


@pytest.mark.parametrize("wire", [*WHOLE, *SEARCHES])
@FEW
@given(data=st.binary(max_size=300), keep=st.integers(0, 40))
def test_anything_is_read_or_refused(wire: str, data: bytes, keep: int) -> None:
    decode, whole = WHOLE[wire] if wire in WHOLE else (SEARCHES[wire], b"")
    refused_or_read(decode, whole[:keep] + data)


def refused_or_read(decode: Decode, data: bytes) -> Any:
    try:
        return decode(data)
    except WireError:
        return None


BOMBS = {
    "nested": b'{"id":1,"t":"dev","result":' + b"[" * 30_000,
    "nested objects": b'{"id":1,"t":"dev","result":' + b'{"a":' * 10_000,
    "many digits": b'{"id":1,"t":"dev","result":' + b"9" * 60_000 + b"}",
    "some digits": b'{"id":1,"t":"dev","result":[' + b"9" * 4000 + b"]}",
    "exponent": b'{"id":1,"t":"dev","result":[1e999999]}',
    "not a number": b'{"id":1,"t":"dev","result":[NaN,Infinity,-Infinity]}',
    "twice": b'{"id":1,"t":"dev","t":"dat","id":2,"result":[1],"result":[2]}',
    "half a character": b'{"id":1,"t":"dev","mac":"\\ud800","result":["\\ud800"],"error":{"code":5,"message":"\\udfff"}}',
    "no text": b'{"id":1,"t":"\xff\xfe","result":"\xc3\x28"}',
    "an id that is true": b'{"id":true,"t":true,"result":[1]}',
    "long": b'{"id":1,"t":"dev","mac":"' + b"f" * 60_000 + b'","result":[1]}',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_read_or_refused(bomb: str) -> None:
    for version in (1, 2):
        refused_or_read(SEARCHES["gree card"], letter(BOMBS[bomb], version))
    refused_or_read(Tongue().read, BOMBS[bomb])
    answer = refused_or_read(lambda data: miio.decode(data, TOKEN), sealed(BOMBS[bomb]))
    if answer is not None:
        orjson.dumps(answer.message)


HUGE: st.SearchStrategy[Any] = st.sampled_from(
    [2**63, -(2**64), 10**400, float("nan"), float("inf"), -0.0, "", "on", "x" * 70_000, None, True, [], {}, [[1]]]
)
JSON = st.recursive(HUGE | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=4)
MODELS = sorted(file.stem for file in FOLDER.rglob("*.yaml"))


@FEW
@given(model=st.sampled_from(MODELS), value=JSON)
def test_a_xiaomi_device_may_show_anything(model: str, value: Any) -> None:
    sheet = sheet_of(model)
    assert sheet is not None
    told = sheet.read(dict.fromkeys(sheet.asked_for(), value))
    json.dumps(told, allow_nan=False)


class Answering:
    """A line whose device answers everything the same."""

    def __init__(self, answer: Any) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = answer

    async def call(self, *_: Any, **__: Any) -> Any:
        return self._answer


ONE = st.fixed_dictionaries({"code": JSON, "value": JSON, "siid": JSON, "piid": JSON})


@FEW
@given(model=st.sampled_from(["dmaker.fan.p11", "dmaker.fan.p5"]), answer=JSON | ONE | st.lists(JSON | ONE, min_size=1, max_size=1))
def test_a_xiaomi_device_may_answer_anything(model: str, answer: Any) -> None:
    asyncio.run(answered_with(model, answer))


async def answered_with(model: str, answer: Any) -> None:
    sheet = sheet_of(model)
    assert sheet is not None
    unit = DeviceUnit(cast("Line", Answering(answer)), sheet)
    told: dict[str, Any] = {}
    unit.heard = told.update
    for work in (unit.ask(), unit.set({"power": True})):
        try:
            await work
        except (WireError, CommandError) as error:
            assert len(getattr(error, "detail", "")) < 200  # noqa: PT017 - it may also go well
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("raw", [10**400, -(10**400), 2**63, float("nan"), float("inf"), True, "7", None, [7]])
def test_what_no_appliance_measures_is_no_number(raw: Any) -> None:
    assert numeric(raw) is None


COLUMNS = st.sampled_from([0, 1, -1, 2**62, -(2**62), 255, 65536, 3]) | st.integers(-(2**63), 2**63 - 1)


@FEW
@given(data=st.data())
def test_a_gree_unit_may_show_any_number(data: st.DataObject) -> None:
    for kind in kinds():
        names = sorted({*kind.needs, *(name for piece in kind.ask for name in piece), "TemUn", "TemRec", "Add0.5"})
        told = kind.read({name: data.draw(COLUMNS) for name in names})
        json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("whole", [2**62, -(2**63), 3404287345531846509, 1001, -1001])
def test_a_gree_target_that_is_none_says_nothing(whole: int) -> None:
    assert target({"SetTem": whole, "TemUn": 1, "TemRec": 1}) is None


@FEW
@given(data=st.data())
def test_an_echonet_object_may_show_any_bytes(data: st.DataObject) -> None:
    for of in classes().values():
        shown = {code: data.draw(st.binary(max_size=20)) for code in of.codes}
        json.dumps(of.read(shown, shown), allow_nan=False)


@FEW
@given(data=st.binary(max_size=255))
def test_echonet_lists_are_read_or_refused(data: bytes) -> None:
    refused_or_read(property_map, data)
    refused_or_read(object_list, data)
    orjson.dumps(facts_of(dict.fromkeys(range(0x80, 0x100), data)))


TYPES = [appliance for appliance in range(256) if mapping_of(appliance) is not None]


@FEW
@given(appliance=st.sampled_from(TYPES), head=st.integers(0, 255), body=st.binary(max_size=60))
def test_a_midea_unit_may_send_any_body(appliance: int, head: int, body: bytes) -> None:
    mapping = mapping_of(appliance)
    assert mapping is not None
    for message in mapping.messages.values():
        first = {at: min(values) for at, values in message.match.bytes.items()}
        full = bytearray(bytes([head]) + body)
        for at, value in first.items():
            full.extend(bytes(max(0, at + 1 - len(full))))
            full[at] = value
        json.dumps(message.read(bytes(full)), allow_nan=False)
    orjson.dumps(describe(mapping, 77, {}, decode_capabilities(bytes([0xB5]) + body), ()).narrowing)
