"""A step picked from lists is added where a person would have typed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.scenes.adding import with_step

HEAD = "scene: my-scene\nnames: {en: Mine}\n"
STEP = {"select": {"kind": "light"}, "set": {"power": False}}


def steps(text: str) -> list[object]:
    """Return the steps of a text as a reader of YAML sees them."""
    return list(YAML(typ="safe", pure=True).load(text)["steps"])


@pytest.mark.parametrize("before", ["steps: []\n", "steps:\n", "", "steps: ~"], ids=["empty list", "nothing yet", "not there", "null"])
def test_the_first_step_opens_the_list(before: str) -> None:
    assert steps(with_step(HEAD + before, {"kind": "light"}, {"set": {"power": False}})) == [STEP]


@pytest.mark.parametrize("indent", ["", "  ", "    "])
def test_a_further_step_stands_after_the_last_and_before_what_follows(indent: str) -> None:
    text = f"{HEAD}steps:\n{indent}- delay: PT1S\n\n# what it should bring about\neffect: []\n"
    added = with_step(text, {"kind": "light"}, {"set": {"power": False}})
    assert steps(added) == [{"delay": "PT1S"}, STEP]
    assert added.endswith("\n# what it should bring about\neffect: []\n")


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), min_size=1, max_size=12)


@given(room=WORDS, value=st.one_of(st.booleans(), st.integers(-99, 99), WORDS, st.sampled_from(["on", "No", "null", "12:30", "- x"])))
def test_whatever_is_picked_is_read_back_as_it_was(room: str, value: object) -> None:
    text = with_step(HEAD, {"kind": "light", "room": room}, {"set": {"mode": value}})
    assert steps(text) == [{"select": {"kind": "light", "room": room}, "set": {"mode": value}}]
