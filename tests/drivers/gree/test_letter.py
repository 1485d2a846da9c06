"""The driver's own codec: greeclimate's ciphertexts, letters as units write them, and noise."""

import base64
import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.drivers.gree import cipher
from gateway.drivers.gree.cipher import SHARED, Hidden, hide, reveal
from gateway.drivers.gree.letter import SCAN, Letter, Tongue, canonical, keeps_order
from gateway.errors import ExtraMissing, WireError

MAC = "f4911e7aca59"
BIND = b'{"t": "bind", "mac": "f4911e7aca59", "uid": 0}'
VECTORS = [
    (1, Hidden("UH1xnvFY7toQqZpWdQqnj0BQbibXpqCeRWqZm0U/6vM1dHCjPP3ZbkM1xNUUj/vM")),
    (2, Hidden("JtoKliwv65K66JiVdmlXWs4iqtkCwEHyOVVlWO2KxanELy9DzUMrI4y37ayUFw==", "BnW8oX8/9sCh4v8JFhDBag==")),
]


@pytest.mark.parametrize(("version", "hidden"), VECTORS)
def test_what_greeclimate_hides_is_revealed_and_hidden_alike(version: int, hidden: Hidden) -> None:
    assert reveal(version, SHARED[version], hidden).startswith(BIND)
    assert hide(version, SHARED[version], BIND) == hidden


@pytest.mark.parametrize("version", [1, 2])
def test_a_question_carries_who_it_is_for_inside_and_outside(version: int) -> None:
    tongue = Tongue(MAC)
    cover = json.loads(tongue.question({"t": "bind", "uid": 0}, shared_in=version))
    assert (cover["t"], cover["i"], cover["tcid"], cover["uid"], "tag" in cover) == ("pack", 1, MAC, 0, version == 2)
    tongue.version, tongue.key = version, b"0123456789abcdef"
    data = tongue.question({"t": "status", "cols": ["Pow"]})
    assert json.loads(data)["i"] == 0
    assert tongue.read(data) == Letter(kind="status", mac=MAC, version=version, body={"t": "status", "cols": ["Pow"], "mac": MAC})


def letter_from(version: int, plain: bytes, key: bytes | None = None, **cover: object) -> bytes:
    hidden = hide(version, key or SHARED[version], plain)
    more = {"tag": hidden.tag} if hidden.tag else {}
    return json.dumps({"t": "pack", "i": 1, "uid": 0, "cid": MAC, "tcid": "", "pack": hidden.pack, **more, **cover}).encode()


def test_whatever_a_unit_pads_with_is_cut_off() -> None:
    for padding in (b"", b"\0\0\0", b"\x01", b"\x0c" * 7):
        assert Tongue(MAC).read(letter_from(1, b'{"t":"bindok","key":"x"}' + padding)).kind == "bindok"


def test_who_a_letter_is_from_may_stand_in_three_places_and_be_written_in_several_ways() -> None:
    assert Tongue().read(letter_from(1, b'{"t":"dev","mac":"F4:91:1E:7A:CA:59","cid":""}', cid="")).mac == MAC
    assert Tongue().read(letter_from(2, b'{"t":"dev","cid":"f4911e7aca59"}', cid="")).mac == MAC
    assert Tongue().read(letter_from(2, b'{"t":"dev"}')).mac == MAC
    with pytest.raises(WireError, match="another unit"):
        Tongue("000000000001").read(letter_from(2, b'{"t":"dev"}'))


@pytest.mark.parametrize(
    ("text", "mac"), [("F4-91-1E-7A-CA-59", MAC), ("", ""), ("f4911e7aca5", ""), ("f4911e7aca5g", ""), (7, ""), (None, "")]
)
def test_a_radio_s_address_is_twelve_digits_or_none(text: object, mac: str) -> None:
    assert canonical(text) == mac


def test_a_key_has_one_of_three_lengths() -> None:
    tongue = Tongue(MAC)
    for key in ("", "x" * 15, "x" * 33, None):
        with pytest.raises(WireError, match="length"):
            tongue.learn(Letter(kind="bindok", mac=MAC, version=2, body={"key": key}))
    tongue.learn(Letter(kind="bindok", mac=MAC, version=2, body={"key": "x" * 16}))
    assert (tongue.version, tongue.key) == (2, b"x" * 16)


def test_before_it_told_its_key_nothing_can_be_asked_and_nothing_under_a_key_is_read() -> None:
    with pytest.raises(WireError, match="key"):
        Tongue(MAC).question({"t": "status"})
    with pytest.raises(WireError, match="key"):
        Tongue(MAC).read(letter_from(1, b"{}", b"0123456789abcdef", i=0))


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ({"cols": ["A", "B"], "dat": [1, "x"]}, {"A": 1, "B": "x"}),
        ({"cols": ["A"], "val": [2]}, {"A": 2}),
        ({"cols": ["A"], "val": [], "dat": [3]}, {"A": 3}),
        ({"cols": [], "dat": []}, {}),
        ({"cols": [7, "A"], "dat": [1, 2]}, {"A": 2}),
        ({"cols": ["A"], "dat": []}, None),
        ({"cols": "A", "dat": [1]}, None),
        ({"cols": ["A"], "dat": {"A": 1}}, None),
        ({}, None),
    ],
)
def test_columns_are_two_lists_that_fit(body: dict[str, object], columns: dict[str, object] | None) -> None:
    letter = Letter(kind="dat", mac=MAC, version=1, body=body)
    if columns is None:
        with pytest.raises(WireError):
            letter.columns("cols", "val", "dat")
    else:
        assert letter.columns("cols", "val", "dat") == columns


def test_an_order_is_kept_when_what_is_missing_is_only_missing() -> None:
    assert keeps_order(["B", "C"], ["A", "B", "C"])
    assert keeps_order([], ["A"])
    assert not keeps_order(["C", "B"], ["A", "B", "C"])
    assert not keeps_order(["B", "X"], ["A", "B"])


SAID = letter_from(1, b'{"t":"dev"}')


def test_a_letter_may_have_room_around_it() -> None:
    assert Tongue().read(SAID + b" ").kind == "dev"


@given(st.binary(max_size=300))
@example(SCAN)
@example(b'{"t":"pack","pack":7}')
@example(b'{"t":"pack","i":1,"pack":"AAAA","tag":7}')
@example(SAID.replace(b'"pack", "i"', b'"scan", "i"'))
@example(SAID + b" " * 4096)
@example(b"[]")
@example(b"\xff\xfe{}")
@example(json.dumps({"t": "pack", "i": 1, "pack": base64.b64encode(bytes(16)).decode()}).encode())
@example(json.dumps({"t": "pack", "i": 1, "pack": base64.b64encode(bytes(16)).decode(), "tag": "AAAA"}).encode())
@example(json.dumps({"t": "pack", "i": 1, "pack": "?"}).encode())
@example(b'{"t":"pack","pack":"' + b"A" * 8000 + b'"}')
def test_noise_is_a_wire_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(WireError):
        Tongue().read(data)


def is_nonsense(plain: bytes) -> bool:
    """Return whether something is no JSON object: `{}` is one, and says nothing."""
    return not plain.strip(b" \t\r\n\0\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10").startswith(b"{")


@given(st.sampled_from([1, 2]), st.binary(max_size=80).filter(is_nonsense))
def test_a_well_hidden_letter_with_nonsense_inside_is_refused(version: int, plain: bytes) -> None:
    with pytest.raises(WireError):
        Tongue().read(letter_from(version, plain))


@pytest.mark.parametrize("pack", ["", "AAAAAAA=", "AAAA\u00e9", "5j75rUBYeQEco8h5!af8rRdxtkjyIj5lloLmdfmrgQns3ciLgYakkxZHNnCfqFj7U"])
def test_what_is_no_whole_number_of_blocks_or_no_base64_is_a_wire_error(pack: str) -> None:
    with pytest.raises(WireError):
        reveal(1, SHARED[1], Hidden(pack))


@given(st.integers(0, 63), st.integers(0, 7))
def test_a_changed_bit_of_version_2_is_noticed(where: int, bit: int) -> None:
    pack, tag = hide(2, SHARED[2], BIND)
    raw = bytearray(base64.b64decode(pack))
    raw[where % len(raw)] ^= 1 << bit
    with pytest.raises(WireError, match="damaged"):
        reveal(2, SHARED[2], Hidden(base64.b64encode(raw).decode(), tag))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(ExtraMissing, match=r"hulian\[gree\]"):
        cipher.hide(1, SHARED[1], b"{}")
