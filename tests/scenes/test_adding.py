"""A step picked from lists is added where a person would have typed it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.scenes.adding import named, with_step

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


@pytest.mark.parametrize("text", ["", "\n\n", "steps: []\n", "names: {en: Mine}\n"])
def test_what_lacks_a_head_gets_one(text: str) -> None:
    added = named(with_step(text, {"kind": "light"}, {"set": {"power": False}}), "Night", "en")
    assert YAML(typ="safe", pure=True).load(added) == {"scene": "night", "names": {"en": "Night"}, "steps": [STEP]}


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), min_size=1, max_size=12)


@given(room=WORDS, value=st.one_of(st.booleans(), st.integers(-99, 99), WORDS, st.sampled_from(["on", "No", "null", "12:30", "- x"])))
def test_whatever_is_picked_is_read_back_as_it_was(room: str, value: object) -> None:
    text = with_step(HEAD, {"kind": "light", "room": room}, {"set": {"mode": value}})
    assert steps(text) == [{"select": {"kind": "light", "room": room}, "set": {"mode": value}}]


@given(name=WORDS)
def test_a_name_that_is_typed_is_the_scenes_name_and_its_id_has_small_letters_only(name: str) -> None:
    document = YAML(typ="safe", pure=True).load(named(HEAD + "steps: []\n", name, "zh-Hans"))
    assert document["names"] == {"en": name, "zh-Hans": name}
    assert re.fullmatch(r"[a-z0-9-]+", str(document["scene"]))
    assert document["steps"] == []


def test_a_name_without_letters_for_an_id_leaves_the_usual_one() -> None:
    assert named(HEAD, "晚安", "zh-Hans").startswith("scene: my-scene\n")
    assert named(HEAD, "Movie Night", "en").startswith('scene: movie-night\nnames: {en: "Movie Night"}\n')
