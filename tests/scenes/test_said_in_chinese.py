"""Whatever the editor says of a mistake, it says in Chinese as well: scenes that come along, spoilt in many ways, and mistakes by hand."""

import copy
import random
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import gateway.scenes
from gateway.profile.library import Library
from gateway.profile.sentences import in_languages
from gateway.scenes.check import check_scene
from gateway.scenes.document import MOST_STEPS
from gateway.scenes.reading import scene_of
from gateway.scenes.rules.place import Place

BUILTIN = tuple(path.read_text() for path in sorted((Path(gateway.scenes.__file__).parent / "builtin").glob("*.yaml")))
FULL = (Path(__file__).parent / "full_scene.yaml").read_text()
LIBRARY = Library()
TRIES = 60
"""Spoilt copies of each scene."""
MARK = "（英文）"  # noqa: RUF001 - it is Chinese
ODD: tuple[Any, ...] = (
    *(None, 0, -1, 0.5, 1e9, "", "nonsense", "PT0S", "P99D", "25:99", [], ["x"], {}, {"x": 1}, True, "a" * 300),
    *({"kind": "lihgt"}, {"parameter": "nothing"}, {"en": "x"}, {"select": {"kind": "light"}}),
)
WORDS = ("nonsense", "set", "wait", "delay", "until", "above", "select", "days", "notify", "text", "within", "with", "onFail", "is")
BY_HAND = (
    *("scene: [", "a: b: c", "\t- x", "- 1", "scene: x\nscene: y", "scene: &a x\nsteps: *b", "a\n---\nb", "'", "\x00", ""),
    "scene: x\nsteps:\n  - {select: {kind: light}, set: {power: true}, invoke: toggle}\n",
    "scene: x\nsteps:\n  - {select: {kind: light}, sett: {power: true}}\n",
    "scene: x\nsteps:\n  - {select: {kind: light}, set: {power: 5}}\n",
    "scene: x\nsteps:\n  - {select: {kind: washing-machine}, invoke: start, input: {nonsense: 1}}\n",
    (
        "scene: x\ntriggers:\n  - property: {select: {kind: light}, name: power, is: true}\n"
        "steps:\n  - {select: {kind: light}, set: {power: true}}\n"
    ),
    "scene: x\nsteps:\n" + "  - {delay: PT1S}\n" * (MOST_STEPS + 1),
    "scene: x\nparameters:\n  word: {type: string, enum: [a, 1], default: b}\nsteps:\n  - {delay: PT1S}\n",
)


@cache
def yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the way to everything in a document."""
    if at:
        yield at
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*at, name))


def spoilt(document: Any, chance: random.Random) -> str:
    """Return a scene with one thing left out, misspelt, added, doubled, or put otherwise."""
    document = copy.deepcopy(document)
    *way, last = chance.choice(list(places(document)))
    it = document
    for name in way:
        it = it[name]
    how = chance.randrange(5)
    if how == 0:
        del it[last]
    elif how == 1 and isinstance(it, dict):
        it[f"{last}x"] = it.pop(last)
    elif how == 2 and isinstance(it, dict):
        it[chance.choice(WORDS)] = chance.choice(ODD)
    elif how == 2:
        it.append(copy.deepcopy(it[last]))
    else:
        it[last] = chance.choice(ODD)
    written = StringIO()
    yaml().dump(document, written)
    return written.getvalue()


def said(text: str) -> list[str]:
    scene, pages = scene_of(text, "scene")
    if scene is not None:
        check_scene(scene, pages, LIBRARY, {scene.id: scene}, Place())
    return [finding.message for finding in pages.findings]


def english(text: str) -> set[str]:
    """Return what is said of a text and has no Chinese, or one with English left in it."""
    return {message for message in said(text) if MARK in in_languages(message)["zh-Hans"]}


@pytest.mark.parametrize("number", range(len(BUILTIN) + 1))
def test_a_spoilt_scene_is_told_in_chinese(number: int) -> None:
    chance = random.Random(number)
    document = yaml().load((*BUILTIN, FULL)[number])
    texts = [spoilt(document, chance) for _ in range(TRIES * (4 if number == len(BUILTIN) else 1))]
    assert sum(bool(said(text)) for text in texts[:TRIES]) > TRIES // 3, "most of them are mistakes"
    assert set().union(*map(english, texts)) == set()


@pytest.mark.parametrize("text", BY_HAND)
def test_a_mistake_by_hand_is_told_in_chinese(text: str) -> None:
    assert said(text)
    assert english(text) == set()
