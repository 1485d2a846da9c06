"""Simple mode: at most six large keys, one of them in halves for the number that is needed most, whatever kind has it."""

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from gateway.faces.web.look import SIMPLE, setting_of, table
from gateway.faces.web.phrases import LANGUAGES, tongue
from gateway.faces.web.simple_choice import MOST, Shown
from gateway.home.twin import Label, Twin
from gateway.profile.library import Library
from gateway.thing.description import Description

LIBRARY = Library()


def twin(kind: str, *, tagged: bool = False, number: int = 1) -> Twin:
    instance = LIBRARY.model(kind).instance(Description(id=f"{kind}-{number}", kind=kind))
    return Twin(instance, Label(tags=(SIMPLE,) if tagged else ()), 1, since=0.0, reason="")


def keys(shown: Shown) -> int:
    return len(shown.twins) + (shown.stepped is not None) + shown.scenes + 1


def kinds(shown: Shown) -> list[str]:
    return [each.description.kind for each in shown.twins]


@pytest.mark.parametrize(
    ("home", "stepped", "setting"),
    [
        (("light", "air-conditioner", "uhd-tv", "fan"), "air-conditioner", "targetTemperature"),
        (("uhd-tv", "plug", "light"), "uhd-tv", "volume"),
        (("light", "electric-water-heater"), "electric-water-heater", "targetTemperature"),
        (("plug", "wall-switch"), None, None),
    ],
)
def test_the_number_that_is_needed_most_gets_a_key_in_halves(home: tuple[str, ...], stepped: str | None, setting: str | None) -> None:
    shown = Shown.among([twin(kind) for kind in home])
    assert (shown.stepped and shown.stepped.description.kind) == stepped
    assert (shown.stepped and setting_of(shown.stepped)) == setting
    assert keys(shown) <= MOST


def test_what_somebody_marked_is_never_given_up_for_a_number_or_a_scene() -> None:
    marked = [twin("light", tagged=True, number=number) for number in range(5)]
    shown = Shown.among([*marked, twin("air-conditioner")], scenes=3)
    assert (shown.twins, shown.stepped, shown.scenes) == (tuple(marked), None, 0)
    four = Shown.among([*marked[:4], twin("air-conditioner")], scenes=3)
    assert (kinds(four), four.scenes) == (["light"] * 4, 0)
    assert four.stepped is marked[0], "there is room for its brightness"
    few = Shown.among([*marked[:2], twin("air-conditioner"), twin("uhd-tv")], scenes=3)
    assert (kinds(few), few.scenes) == (["light", "light", "air-conditioner"], 1)
    assert few.stepped is few.twins[2]


@pytest.mark.parametrize("scenes", [0, 1, 9])
def test_a_whole_house_has_six_keys_its_temperature_and_a_scene_among_them(scenes: int) -> None:
    shown = Shown.among([twin(kind) for kind in table()["simple"]], scenes)
    assert keys(shown) == MOST
    assert shown.stepped is not None
    assert shown.scenes == min(1, scenes)
    assert kinds(shown) == table()["simple"][: 4 - shown.scenes]


def test_without_a_number_to_change_there_is_room_for_an_appliance_more() -> None:
    plugs = [twin("plug", tagged=True, number=number) for number in range(3)]
    assert keys(Shown.among([*plugs, twin("wall-switch")], scenes=1)) == MOST
    assert Shown.among([*plugs, twin("wall-switch")], scenes=1).stepped is None


def test_a_small_home_leaves_room_for_its_scenes() -> None:
    assert Shown.among([twin("plug")], scenes=9).scenes == MOST - 2
    assert Shown.among([twin("plug")], scenes=2).scenes == 2
    assert Shown.among([], scenes=9).scenes == MOST - 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("setting", table()["steps"])
def test_the_halves_say_what_they_do_in_everyday_words(language: str, setting: str) -> None:
    say = tongue(language)
    assert 0 < len(say(f"simple.less.{setting}")) <= 10
    assert say(f"simple.less.{setting}") != say(f"simple.more.{setting}")
