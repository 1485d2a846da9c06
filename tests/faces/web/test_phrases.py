"""What the pages say: in both languages, with the same parts, and for every word and kind of the standard."""

import re
import string
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from gateway.drivers.table import names
from gateway.faces.web.look import icon_of, table
from gateway.faces.web.phrases import LANGUAGES, preferred, tongue
from gateway.profile.library import Library
from gateway.profile.resolver import read_yaml

WEB = Path(__file__).parents[3] / "gateway" / "faces" / "web"
PHRASES: dict[str, dict[str, str]] = read_yaml(WEB / "phrases.yaml")


def parts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_phrase_says_the_same_in_both_languages() -> None:
    assert len(PHRASES) > 200
    for name, texts in PHRASES.items():
        assert set(texts) == set(LANGUAGES), name
        assert all(text.strip() for text in texts.values()), name
        assert parts(texts["en"]) == parts(texts["zh-Hans"]), name


def test_every_phrase_the_pages_name_is_there() -> None:
    named = {name for file in WEB.glob("*.py") for name in re.findall(r'(?:say|tongue|page\.tongue)\("([a-z0-9.-]+)"', file.read_text())}
    assert named - PHRASES.keys() == set()
    assert len(named) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_appliance_speaks_has_a_short_everyday_name_whatever_the_driver(language: str) -> None:
    for driver in names():
        assert 0 < len(tongue(language)(f"wire.{driver}")) <= 30, driver


def test_no_word_of_a_kind_people_meet_is_left_in_english() -> None:
    chinese, left = tongue("zh-Hans"), set()
    library = Library()
    for kind in library.kinds():
        for schema in library.model(kind).document["properties"].values():
            for word in schema.get("enum", ()) if schema.get("type") == "string" else ():
                if chinese.word(word).isascii() and word.upper() != word and word not in BOTH:
                    left.add((kind, word))
    assert left == set()


BOTH = {
    "pm25",
    "usb",
    "usb-c",
    "hdmi-1",
    "hdmi-2",
    "hdmi-3",
    "hdmi-4",
    "vga",
    "dvi",
    "displayport",
    "iptv",
    "ott",
    "av",
    "HDRVivid",
    "l",
    "m3",
    "kWh",
}
"""Words that are the same in both languages."""


def test_a_word_nobody_put_into_words_is_shown_readable() -> None:
    english = tongue("en")
    assert english.word("drying-coil") == "Drying coil"
    assert english.word("notRun") == "Not run"
    assert english.word("PD") == "PD"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,en", "en"),
        ("de-DE,zh;q=0.5", "zh-Hans"),
        ("", "en"),
        (",;;=,\0", "en"),
        ("fr", "en"),
    ],
)
def test_a_browser_is_answered_in_its_language(header: str, language: str) -> None:
    assert preferred(header) == language


def test_every_kind_has_an_icon() -> None:
    icons: dict[str, Any] = table()["icons"]
    assert set(Library().kinds()) <= icons.keys()
    assert icon_of("a-kind-of-tomorrow") == icons["*"]
