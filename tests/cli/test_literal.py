"""What a person types becomes the value the property's schema expects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.literal import read_value
from gateway.errors import BadSyntax

BOOLEAN = {"type": "boolean"}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}


@pytest.mark.parametrize(("text", "value"), [("on", True), ("OFF", False), ("true", True), ("0", False), ("开", True), ("关", False)])
def test_switch_words_become_booleans(text: str, value: bool) -> None:
    assert read_value(text, BOOLEAN) is value


@pytest.mark.parametrize("text", ["maybe", "", "2", "onn"])
def test_other_words_for_a_switch_are_refused(text: str) -> None:
    with pytest.raises(BadSyntax, match="neither on nor off"):
        read_value(text, BOOLEAN)


@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_stay_whole(number: int) -> None:
    value = read_value(str(number), NUMBER)
    assert type(value) is int
    assert value == number


def test_a_fraction_becomes_a_float() -> None:
    assert read_value("24.5", NUMBER) == 24.5


def test_a_word_where_a_number_belongs_is_refused() -> None:
    with pytest.raises(BadSyntax, match="not a number"):
        read_value("warm", NUMBER)


@pytest.mark.parametrize(("text", "value"), [("cool", "cool"), ('"cool"', "cool"), ("off", "off"), ("1", "1"), ('"', '"')])
def test_text_needs_no_quotes_and_is_never_something_else(text: str, value: str) -> None:
    assert read_value(text, TEXT) == value


def test_objects_are_json() -> None:
    assert read_value('{"mode": "cool"}', {"type": "object"}) == {"mode": "cool"}


def test_broken_json_says_how_to_quote() -> None:
    with pytest.raises(BadSyntax, match="quote it for the shell"):
        read_value("{mode: cool}", {"type": "object"})


def test_without_a_type_json_is_tried_and_text_is_kept() -> None:
    assert read_value("null", {}) is None
    assert read_value("hello", {}) == "hello"
