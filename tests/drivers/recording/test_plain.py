"""Messages of any driver as JSON, and back."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.recording.alike import alike
from gateway.drivers.recording.plain import original, plain
from gateway.errors import WireError

HERE = __name__


@dataclass(frozen=True)
class Frame:
    number: int
    body: bytes
    more: Any = ()


class Pair(NamedTuple):
    left: str
    right: int
    more: str = "none"


class Word(StrEnum):
    ONE = "one"


def back(value: Any) -> Any:
    return original(json.loads(json.dumps(plain(value))), HERE)


@pytest.mark.parametrize(
    "message",
    [
        Frame(1, b"\x00\xff", (1, "a", None)),
        Frame(-1, b"", {"~": "sly", "plain": [1.5, True]}),
        Frame(0, b"x", {1: b"y", (2, 3): Frame(4, b"")}),
        Pair("a", 2),
        {"a": {"b": [b"c"]}},
        [Pair("x", 1), None],
    ],
)
def test_what_is_written_comes_back_as_it_was(message: Any) -> None:
    assert back(message) == message
    assert type(back(message)) is type(message)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=12,
)


@given(values)
def test_whatever_a_message_is_made_of_comes_back(value: Any) -> None:
    assert back(value) == value


def test_what_is_as_usual_is_not_written_so_that_a_member_may_come_later() -> None:
    assert plain(Frame(1, b"")) == {"~": "Frame", "number": 1, "body": {"~": "bytes", "hex": ""}}
    assert plain(Pair("a", 1)) == {"~": "Pair", "left": "a", "right": 1}
    assert plain(Pair("a", 1, "some"))["more"] == "some"
    assert plain(Frame(1, b"", more=[]))["more"] == []


def test_a_word_of_a_list_is_its_text_and_what_has_no_form_is_named() -> None:
    assert plain(Word.ONE) == "one"
    assert plain(object()) == {"~": "unknown", "type": "object"}


@pytest.mark.parametrize(
    "spoilt", [{"~": "Nobody"}, {"~": "Frame", "nothing": 1}, {"~": "bytes", "hex": "xy"}, {"~": "bytes"}, {"~": "os"}]
)
def test_what_no_record_fits_is_refused(spoilt: Any) -> None:
    with pytest.raises(WireError):
        original(spoilt, HERE)


def test_only_records_of_the_drivers_own_package_are_made() -> None:
    assert original({"~": "Pair", "left": "a", "right": 1}, HERE) == Pair("a", 1)
    with pytest.raises(WireError):
        original({"~": "Pair", "left": "a", "right": 1}, "gateway.drivers")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ({"a": True}, {"a": 1}, False),
        ([1, 2], [1], False),
        ({"mac": "aa", "x": 1}, {"mac": "bb", "x": 1}, True),
        ({"since": "2026-11-29T18:00:00Z"}, {"since": "2026-11-29T18:00:01.500Z"}, True),
        ({"since": "2026-11-29T18:00:00Z"}, {"since": "2026-11-29T18:00:05Z"}, False),
        ({"since": "2026-11-29Tx"}, {"since": "2026-11-29Ty"}, False),
    ],
)
def test_two_say_the_same_but_for_moments_and_identities(one: Any, other: Any, same: bool) -> None:
    assert alike(one, other) is same
