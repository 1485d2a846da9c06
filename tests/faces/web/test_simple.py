"""Simple mode: at most six large buttons, two of them for the number that is needed most, whatever kind has it."""

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from gateway.faces.web.look import SIMPLE, setting_of, table
from gateway.faces.web.phrases import LANGUAGES, tongue
from gateway.faces.web.simple_choice import MOST, STEPS, Shown
from gateway.home.twin import Label, Twin
from gateway.profile.library import Library
from gateway.thing.description import Description

LIBRARY = Library()


def twin(kind: str, *, tagged: bool = False, number: int = 1) -> Twin:
    instance = LIBRARY.model(kind).instance(Description(id=f"{kind}-{number}", kind=kind))
    return Twin(instance, Label(tags=(SIMPLE,) if tagged else ()), 1, since=0.0, reason="")


def buttons(shown: Shown) -> int:
    return len(shown.twins) + (0 if shown.stepped is None else STEPS) + shown.left + 1


@pytest.mark.parametrize(
    ("kinds", "stepped", "setting"),
    [
        (("light", "air-conditioner", "uhd-tv", "fan"), "air-conditioner", "targetTemperature"),
        (("uhd-tv", "plug", "light"), "uhd-tv", "volume"),
        (("light", "electric-water-heater"), "electric-water-heater", "targetTemperature"),
        (("plug", "wall-switch"), None, None),
    ],
)
def test_the_number_that_is_needed_most_gets_two_buttons(kinds: tuple[str, ...], stepped: str | None, setting: str | None) -> None:
    shown = Shown.among([twin(kind) for kind in kinds])
    assert (shown.stepped and shown.stepped.description.kind) == stepped
    assert (shown.stepped and setting_of(shown.stepped)) == setting
    assert buttons(shown) <= MOST


def test_what_somebody_marked_is_never_given_up_for_the_two_buttons() -> None:
    marked = [twin("light", tagged=True, number=number) for number in range(4)]
    shown = Shown.among([*marked, twin("air-conditioner")])
    assert shown.twins == tuple(marked)
    assert shown.stepped is None
    few = Shown.among([*marked[:2], twin("air-conditioner"), twin("uhd-tv")])
    assert [each.description.kind for each in few.twins] == ["light", "light", "air-conditioner"]
    assert few.stepped is few.twins[2]


def test_a_whole_house_has_six_buttons_and_a_small_one_leaves_room_for_scenes() -> None:
    assert buttons(Shown.among([twin(kind) for kind in table()["simple"]])) == MOST
    assert Shown.among([twin("plug")]).left == MOST - 2
    assert Shown.among([]).left == MOST - 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("setting", table()["steps"])
def test_the_two_buttons_say_what_they_do_in_everyday_words(language: str, setting: str) -> None:
    say = tongue(language)
    assert 0 < len(say(f"simple.less.{setting}")) <= 10
    assert say(f"simple.less.{setting}") != say(f"simple.more.{setting}")
