"""What people call kinds: every kind has a name in both languages, and whoever writes another word is told which kind is meant."""

import pytest

from gateway.profile.kind_names import FILE, did_you_mean, meant_by, name_of
from gateway.profile.library import Library
from gateway.profile.resolver import read_yaml
from gateway.scenes.rules.describing import who_words
from gateway.scenes.words import Selector

KINDS = Library().kinds()


def test_every_kind_is_named_in_both_languages_and_no_other() -> None:
    table = read_yaml(FILE)
    assert table.keys() == set(KINDS)
    for kind in KINDS:
        assert name_of(kind).keys() == {"en", "zh-Hans"}
    assert name_of("of-tomorrow")["zh-Hans"] == "of-tomorrow"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("television", "uhd-tv"),
        ("TV", "uhd-tv"),
        ("电视", "uhd-tv"),
        ("lihgt", "light"),
        ("lamp", "light"),
        ("Blinds", "curtain"),
        ("fridge", "refrigerator"),
        ("空调", "air-conditioner"),
        ("water_heater", "electric-water-heater"),
        ("televison", "uhd-tv"),
    ],
)
def test_a_word_leads_to_the_kind_it_means(word: str, kind: str) -> None:
    assert meant_by(word, KINDS)[0] == kind
    assert kind in did_you_mean(word, KINDS)


def test_only_kinds_that_are_there_are_offered_and_where_none_is_near_the_list_is_named() -> None:
    assert meant_by("television", ["light"]) == []
    assert did_you_mean("qqqq", KINDS) == "; `hulian profile list` shows them all"


def test_who_a_trigger_waits_for_is_said_by_the_names_people_know() -> None:
    select = Selector(kinds=("refrigerator", "uhd-tv"), rooms=("kitchen",), but=Selector(tags=("old",)))
    assert who_words(select) == {"en": "refrigerator or television kitchen but old", "zh-Hans": "冰箱或电视 kitchen,除了 old"}
