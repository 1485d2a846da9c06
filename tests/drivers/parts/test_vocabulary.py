"""The readers and writers of mapping data, over a made-up wire of named columns."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.parts.reading import Readers
from gateway.drivers.parts.writing import Writers
from gateway.errors import ConfigurationInvalid, SchemaViolation
from tests.drivers.parts.conftest import Column

READERS = Readers(Column, {"shout": lambda spec: lambda shown: str(shown.get(spec["shout"], "")).upper() or None})
WRITERS = Writers(Column, {"shout": lambda _, spec: lambda asked, value: asked.update({spec["shout"]: value.lower()})})


def read(spec: dict[str, Any], **shown: Any) -> Any:
    return READERS.reader(spec)(shown)


def written(spec: dict[str, Any], value: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    WRITERS.writer("it", spec)(asked, value)
    return asked


@pytest.mark.parametrize(
    ("spec", "raw", "value"),
    [
        ({"flag": "a"}, 1, True),
        ({"flag": "a"}, 0, False),
        ({"flag": "a"}, True, True),
        ({"flag": "a"}, None, None),
        ({"word": "a", "words": {0: "auto", 1: "cool"}}, 1, "cool"),
        ({"word": "a", "words": {0: "auto", 1: "cool"}}, 2, None),
        ({"word": "a", "words": {48: True, 49: False}}, 49, False),
        ({"word": "a", "words": {"A1": "cool"}}, "A1", "cool"),
        ({"word": "a", "words": {1: "cool"}}, [1], None),
        ({"steps": "a", "words": {30: "low", 60: "high"}}, 31, "high"),
        ({"steps": "a", "words": {30: "low", 60: "high"}}, 61, None),
        ({"number": "a"}, 5, 5),
        ({"number": "a", "scale": 0.1}, 265, 26.5),
        ({"number": "a", "offset": -40}, 65, 25),
        ({"number": "a", "absent": [0]}, 0, None),
        ({"number": "a", "within": [0, 100]}, 101, None),
        ({"number": "a", "within": [0, 100]}, 100, 100),
        ({"number": "a"}, "5", None),
        ({"number": "a"}, True, None),
        ({"number": "a"}, float("nan"), None),
        ({"number": "a", "half": "b"}, 24, 24.5),
        ({"is": "turbo", "if": "b"}, 0, "turbo"),
        ({"first": [{"is": "turbo", "if": "c"}, {"number": "a"}]}, 3, 3),
        ({"shout": "a"}, "hi", "HI"),
    ],
)
def test_readers(spec: dict[str, Any], raw: Any, value: Any) -> None:
    shown = {"b": 1} if raw is None else {"a": raw, "b": 1}
    found = READERS.reader(spec)(shown)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("spec", "value", "asked"),
    [
        ({"flag": "a"}, True, {"a": 1}),
        ({"flag": "a", "numbers": [49, 48]}, True, {"a": 48}),
        ({"flag": "a", "numbers": [49, 48]}, False, {"a": 49}),
        ({"word": "a", "words": {"auto": 0, "cool": 1}}, "cool", {"a": 1}),
        ({"word": "a", "words": {True: 48, False: 49}}, False, {"a": 49}),
        ({"word": "a", "words": {"turbo": 1, "low": 2}, "only": {"turbo": ["t"]}}, "turbo", {"a": 1, "t": 1}),
        ({"word": "a", "words": {"turbo": 1, "low": 2}, "only": {"turbo": ["t"]}}, "low", {"a": 2, "t": 0}),
        ({"sets": {"turbo": {"t": 1}, "low": {"a": 2, "t": 0}}}, "low", {"a": 2, "t": 0}),
        ({"sets": {True: {"t": 7}, False: {"t": 8}}}, False, {"t": 8}),
        ({"number": "a", "clear": ["t"]}, 5, {"a": 5, "t": 0}),
        ({"number": "a", "scale": 0.1}, 26.5, {"a": 265}),
        ({"number": "a", "real": True}, 26.5, {"a": 26.5}),
        ({"number": "a", "offset": -40}, 25, {"a": 65}),
        ({"half": "h", "spans": [{"from": 16, "to": 31, "number": "a", "offset": 16}]}, 24.5, {"a": 8, "h": 1}),
        ({"shout": "a"}, "HI", {"a": "hi"}),
    ],
)
def test_writers(spec: dict[str, Any], value: Any, asked: dict[str, Any]) -> None:
    assert written(spec, value) == asked


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ({"flag": "a"}, 1),
        ({"flag": "a"}, "on"),
        ({"word": "a", "words": {"auto": 0}}, "cool"),
        ({"word": "a", "words": {True: 48}}, 1),
        ({"word": "a", "words": {"auto": 0}}, ["auto"]),
        ({"sets": {"turbo": {"t": 1}}}, "low"),
        ({"sets": {True: {"t": 1}}}, 1),
        ({"sets": {"turbo": {"t": 1}}}, ["turbo"]),
        ({"number": "a"}, 5.5),
        ({"number": "a"}, True),
        ({"number": "a"}, float("inf")),
        ({"number": "a"}, 1000),
        ({"half": "h", "spans": [{"from": 16, "to": 31, "number": "a", "offset": 16}]}, 32.0),
        ({"half": "h", "spans": [{"from": 16, "to": 31, "number": "a", "offset": 16}]}, 24.25),
    ],
)
def test_a_value_without_a_form_on_the_wire_is_refused(spec: dict[str, Any], value: Any) -> None:
    with pytest.raises(SchemaViolation):
        written(spec, value)


@given(st.integers(-9000, 9000), st.sampled_from([0.01, 0.1, 0.5, 1, 2]), st.integers(-40, 40))
def test_a_number_that_is_written_is_read_back(tenths: int, scale: float, offset: int) -> None:
    raw = tenths // 10
    value = READERS.reader({"number": "a", "scale": scale, "offset": offset})({"a": raw})
    assert written({"number": "a", "scale": scale, "offset": offset}, value) == {"a": raw}


def test_an_entry_that_names_nothing_known_lists_what_there_is() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"known: shout, first, is, flag"):
        READERS.reader({"nonsense": 1})
    with pytest.raises(ConfigurationInvalid, match=r"known: shout, flag"):
        WRITERS.writer("it", {"nonsense": 1})
