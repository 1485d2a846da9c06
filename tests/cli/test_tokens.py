import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.tokens import LARGEST_FILE, Unit, read_units
from gateway.errors import SchemaViolation
from gateway.trust.parcel import packed

CANARY = "canary-in-a-file"


def never() -> str:
    raise AssertionError("nothing here is sealed")


LINES = b"""
# two units
[midea:151]
token = aa
key=bb=cc

[native:x:y]
 code = 1234
"""
TWO = [Unit("midea", "151", {"token": "aa", "key": "bb=cc"}), Unit("native", "x:y", {"code": "1234"})]


def test_lines_json_and_parcels_say_the_same() -> None:
    plain = [each._asdict() for each in TWO]
    assert read_units(LINES, None, never) == (TWO, True)
    assert read_units(json.dumps(plain).encode(), None, never) == (TWO, True)
    assert read_units(json.dumps({"units": plain}).encode(), None, never) == (TWO, True)
    sealed = packed(json.dumps({"units": plain}).encode(), "four words are good")
    assert read_units(sealed, None, lambda: "four words are good") == (TWO, False)
    with pytest.raises(SchemaViolation, match="another one"):
        read_units(sealed, None, lambda: "other words")


def test_one_unit_may_be_named_beside_the_file() -> None:
    wanted = [Unit("midea", "151", {"token": "aa"})]
    for content in (
        b"token=aa",
        b'{"token": "aa"}',
        b'{"credentials": {"token": "aa"}}',
        b'{"driver":"midea","key":"151","credentials":{"token":"aa"}}',
    ):
        assert read_units(content, "midea:151", never)[0] == wanted


@pytest.mark.parametrize(
    ("content", "unit", "why"),
    [
        (b"", None, "no credentials"),
        (b"# nothing\n", "midea:151", "no credentials"),
        (b"[midea:151]\n", None, "no credentials"),
        (f"{CANARY}\n".encode(), "midea:151", "line 1 is neither"),
        (f"\nt={CANARY}\n".encode(), None, "line 2: whose is it"),
        (f"[midea]\nt={CANARY}\n".encode(), None, "line 1: a unit is named"),
        (f"t={CANARY}".encode(), "midea", "--unit"),
        (f"[a:b]\nt={CANARY}\n[a:b]\nu=1\n".encode(), None, "twice"),
        (f'{{"token": "{CANARY}"'.encode(), None, "is none"),
        (f'{{"token": "{CANARY}"}}'.encode(), None, "unit 1 has no driver"),
        (f'[{{"driver": 5, "key": "x", "credentials": {{"t": "{CANARY}"}}}}]'.encode(), None, "unit 1: driver and key"),
        (f'[{{"driver": "a", "key": "x", "credentials": "{CANARY}"}}]'.encode(), None, "unit 1: driver and key"),
        (b'["x"]', None, "unit 1 has no driver"),
        (b"[]", None, "no credentials"),
        (b"\xff\xfe" + CANARY.encode(), None, "neither text nor JSON"),
        (b"x" * (LARGEST_FILE + 1), None, "more than"),
        (b'{"hulian": "parcel-1", "salt": ', None, "only a part"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_without_showing_what_is_in_it(content: bytes, unit: str | None, why: str) -> None:
    with pytest.raises(SchemaViolation, match=why) as refused:
        read_units(content, unit, lambda: "x")
    chain: list[BaseException] = [refused.value]
    while (before := chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)) is not None:
        chain.append(before)
    assert not any(CANARY in str(each) for each in chain)


@given(st.one_of(st.binary(max_size=80), st.text(alphabet='[]ab:= \n#{}"', max_size=60).map(str.encode)))
def test_no_file_does_more_than_be_refused(content: bytes) -> None:
    try:
        units, _ = read_units(content, None, lambda: "x")
    except SchemaViolation:
        return
    assert units
    assert all(unit.driver and unit.key and unit.credentials for unit in units)


def test_a_printed_unit_shows_no_secret() -> None:
    assert "aa" not in repr(TWO)
