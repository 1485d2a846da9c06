"""The tour of the documents is true: a browser walks it in both languages, and the documents show its steps and its pictures."""

import re

import pytest

from tests.interop.tour import newcomer, walk
from tests.interop.tour_steps import TOUR
from tests.kit.demo import ROOT

DOCS = ROOT / "docs"
DOCUMENTS = {"en": DOCS / "tour.md", "zh-Hans": DOCS / "tour.zh-CN.md"}
READMES = {"en": ROOT / "README.md", "zh-Hans": ROOT / "README.zh-CN.md"}
MOST, MOST_OF_A_COVER, MOST_TOGETHER = 60_000, 120_000, 1_500_000
"""Bytes of a picture, of the one in README, and of all: whoever clones this carries them along."""
PICTURE = re.compile(r'<img src="([^"]+)" width="\d+" alt="[^"]+">')


def is_webp(picture: bytes) -> bool:
    return picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"


@pytest.mark.interop
@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", DOCUMENTS)
def test_a_newcomer_walks_the_tour(language: str) -> None:
    with newcomer(language) as visit:
        assert list(walk(visit)) == [step.name for step in TOUR]
        assert visit.shown.complaints() == []
        assert is_webp(visit.seen())


@pytest.mark.parametrize("language", DOCUMENTS)
def test_the_document_shows_the_steps_of_the_walk_in_its_order(language: str) -> None:
    text = DOCUMENTS[language].read_text(encoding="utf-8")
    assert PICTURE.findall(text) == [f"tour/{language}/{step.name}.webp" for step in TOUR]
    assert text.count("<img") == len(TOUR), "every picture has a width, and words for whoever does not see it"
    assert [int(number) for number in re.findall(r"^## (\d+)\. \S", text, re.MULTILINE)] == list(range(1, len(TOUR) + 1))


@pytest.mark.parametrize("language", DOCUMENTS)
def test_every_picture_is_there_and_no_other(language: str) -> None:
    pictures = {file.stem: file.read_bytes() for file in (DOCS / "tour" / language).iterdir()}
    assert set(pictures) == {step.name for step in TOUR}
    assert all(is_webp(picture) for picture in pictures.values())
    assert {name: len(picture) for name, picture in pictures.items() if len(picture) > MOST} == {}


def test_all_pictures_together_are_small() -> None:
    assert sum(file.stat().st_size for file in (DOCS / "tour").rglob("*.webp")) <= MOST_TOGETHER


@pytest.mark.parametrize("language", READMES)
def test_the_first_page_shows_the_pages_and_leads_to_the_tour(language: str) -> None:
    text = READMES[language].read_text(encoding="utf-8")
    cover = DOCS / f"pages.{language}.webp"
    assert f"](docs/{cover.name})" in text
    assert f"](docs/{DOCUMENTS[language].name})" in text
    assert is_webp(cover.read_bytes())
    assert cover.stat().st_size <= MOST_OF_A_COVER
