"""Home files: those that come along, against the catalogue of kinds; addresses, repeats, parts; and what is said of a wrong one."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.build import make_appliance
from firmware_sim.home_file import HomePlan, known_homes, read_home
from firmware_sim.mains import Mains
from firmware_sim.plan import UnitPlan
from firmware_sim.profile import kinds
from firmware_sim.refusal import SetupMistake
from gateway.cli.demo import HOMES
from gateway.cli.stage import NATIVE_HOMES

BROKER = "mqtt://127.0.0.1:1883"
DEEP = {
    "air-conditioner",
    "refrigerator",
    "set-top-box",
    "uhd-tv",
    "washing-machine",
    "electric-water-heater",
    "range-hood",
    "air-purifier",
    "plug",
    "light",
    "ir-remote",
    "curtain",
}
"""The twelve kinds done deeply."""


def known(name: str) -> HomePlan:
    return read_home(name, broker=BROKER)


def home(folder: Path, text: str, **options: Any) -> HomePlan:
    path = folder / "home.yaml"
    path.write_text(text)
    return read_home(str(path), **{"broker": BROKER, **options})


def unit(plan: HomePlan, name: str) -> UnitPlan:
    return next(unit for unit in plan.units if unit.id == name)


# The homes that come along


@pytest.mark.parametrize("name", known_homes())
def test_every_home_has_titles_in_both_languages_rooms_and_appliances_that_can_be_built(name: str) -> None:
    plan = known(name)
    assert plan.name == name
    assert set(plan.titles) == {"en", "zh-Hans"}
    assert any("\u4e00" <= letter <= "\u9fff" for letter in plan.titles["zh-Hans"])
    assert len({unit.id for unit in plan.units}) == len({unit.address for unit in plan.units}) == len(plan.units)
    for unit in plan.units:
        assert unit.id
        assert unit.room
        if unit.via is None:
            make_appliance(
                unit.kind, identifier=unit.id, seed=unit.seed or 0, features=unit.features, settings=unit.settings, made=unit.made
            )


def test_the_city_flat_has_one_appliance_of_each_of_the_twelve_deep_kinds_on_mixed_wires() -> None:
    plan = known("city-flat")
    assert sorted(unit.kind for unit in plan.units) == sorted(DEEP)
    assert {unit.wire for unit in plan.units} == {"midea-v2", "native", "native-mqtt", "native-coap"}
    assert [unit.address for unit in plan.units] == [f"127.0.0.{number}" for number in range(2, 14)]
    assert plan.mains is None


def test_without_the_midea_unit_the_city_flat_is_the_same_but_for_one_wire() -> None:
    usual, native = known("city-flat").units, known("city-flat-native").units
    changed = [(one, other) for one, other in zip(usual, native, strict=True) if one != other]
    assert [(one.wire, other.wire) for one, other in changed] == [("midea-v2", "native-coap")]
    assert changed[0][0].kind == "air-conditioner"


def test_the_village_has_weak_mains_and_what_a_village_has() -> None:
    plan = known("village")
    assert plan.mains is not None
    assert plan.mains.weak is not None
    assert plan.mains.weak.low == 154
    found = {unit.kind for unit in plan.units}
    assert found >= {"refrigerator", "washing-machine", "electric-water-heater", "gas-water-heater", "microwave", "range-hood", "uhd-tv"}
    assert found >= {"rice-cooker", "fan", "space-heater", "charger", "remote-control", "elder-care", "smoke-gas-alarm", "integrated-stove"}
    assert unit(plan, "plug-fridge").feeds == "fridge"
    assert unit(plan, "ac-bedroom").via == "ir-bedroom"
    assert unit(plan, "stb").made["reception"] == "dth"
    parts = [unit.kind for unit in plan.units if unit.part_of == "stove"]
    assert parts == ["range-hood", "gas-hob", "steriliser"]


def test_the_first_evening_in_the_village_has_cuts_brown_outs_and_a_sag() -> None:
    plan = known("village").mains
    assert plan is not None
    mains = Mains(plan)
    evening = [one for one in mains.disturbances(0) if plan.clock < one.start < 22 * 3600]
    assert sum(one.volts == 0 and one.end - one.start > 60 for one in evening) >= 2
    assert sum(0 < one.volts < 90 for one in evening) >= 3
    assert mains.volts(21 * 3600) < 165


def test_the_building_has_exactly_200_appliances_of_every_kind_in_a_range_of_its_own() -> None:
    plan = known("building")
    assert len(plan.units) == 200
    assert {unit.kind for unit in plan.units} == set(kinds())
    assert all(ip_address(str(unit.address)) in ip_network("127.0.8.0/22") for unit in plan.units)
    assert len({(unit.kind, unit.seed) for unit in plan.units}) == 200, "no two are twins"
    assert sum(unit.kind == "set-top-box" for unit in plan.units) >= 40


def test_the_homes_the_demo_offers_are_there() -> None:
    assert HOMES[0] == "city-flat"
    assert {*HOMES, *NATIVE_HOMES.values()} == set(known_homes())
    in_cipher = {"midea-v2", "midea-v3", "gree", "miio", "broadlink"}
    assert set(NATIVE_HOMES) == {name for name in known_homes() if any(unit.wire in in_cipher for unit in known(name).units)}


def test_the_home_of_many_makers_has_each_kind_from_at_least_two_and_the_air_conditioner_of_all() -> None:
    units = known("brands").units
    makers = {kind: {unit.wire.partition("-")[0] for unit in units if unit.kind == kind} for kind in {unit.kind for unit in units}}
    assert makers["air-conditioner"] == {"native", "midea", "gree", "echonet", "miio", "daikin", "ir", "esphome"}
    assert {kind for kind, wires in makers.items() if len(wires) < 2} == {"presence-sensor", "ir-remote"}
    assert all(("token" in unit.facts) is (unit.wire in {"midea-v3", "miio"}) for unit in units)
    open_ones = [unit.id for unit in units if unit.wire.partition("-")[0] in {"native", "echonet", "daikin"}]
    assert [unit.id for unit in known("brands-open").units] == open_ones
    village = [unit for unit in known("village").units if unit.room != "guest-room"]
    assert [(unit.id, unit.wire) for unit in village] == [(unit.id, unit.wire) for unit in known("village-open").units]
    assert [(unit.kind, unit.wire) for unit in known("village").units if unit.room == "guest-room"] == [
        ("ir-remote", "broadlink"),
        ("uhd-tv", "ir"),
        ("air-conditioner", "ir"),
        ("plug", "native-coap"),
    ]


def test_a_home_read_twice_is_the_same() -> None:
    assert known("building") == known("building")


# Addresses


@given(taken=st.sets(st.integers(2, 30), max_size=8), count=st.integers(1, 20))
def test_addresses_are_given_out_one_after_another_around_those_that_are_named(
    tmp_path_factory: pytest.TempPathFactory, taken: set[int], count: int
) -> None:
    named = [f"  - {{kind: light, wire: native-coap, address: 127.0.0.{number}}}" for number in sorted(taken)]
    lines = ["units:", *named, f"  - {{repeat: {count}, kind: plug, wire: native-coap}}"]
    plan = home(tmp_path_factory.mktemp("home"), "\n".join(lines))
    given_out = [unit.address for unit in plan.units if unit.kind == "plug"]
    free = [number for number in range(2, 60) if number not in taken]
    assert given_out == [f"127.0.0.{number}" for number in free[:count]]


def test_a_base_address_is_the_files_or_the_one_given(tmp_path: Path) -> None:
    text = "base-address: 127.0.3.254\nunits: [{repeat: 3, kind: light, wire: native-coap}]"
    assert [unit.address for unit in home(tmp_path, text).units] == ["127.0.3.254", "127.0.3.255", "127.0.4.0"]
    assert home(tmp_path, text, base_address="127.0.5.1").units[0].address == "127.0.5.1"


# Repeats, seeds, parts, settings


def test_a_repeated_unit_has_its_number_in_its_words_and_a_seed_of_its_own(tmp_path: Path) -> None:
    text = """
    units:
      - {repeat: 2, id: "lamp-{n:02}", kind: light, wire: native-coap, seed: 7, title: "Lamp {n}", room: "flat-{n}"}
      - {repeat: [9, 10], id: "lamp-{n:02}", kind: light, wire: native-coap, seed: 40, facts: {serial: "S{n}"}}
    """
    units = home(tmp_path, text).units
    assert [(unit.id, unit.seed) for unit in units] == [("lamp-01", 7), ("lamp-02", 8), ("lamp-09", 40), ("lamp-10", 41)]
    assert (units[1].title, units[1].room, units[3].facts) == ("Lamp 2", "flat-2", {"serial": "S10"})


def test_units_without_a_seed_are_no_twins(tmp_path: Path) -> None:
    plan = home(tmp_path, "units: [{kind: light, wire: native-coap}, {repeat: 2, kind: light, wire: native-coap}]")
    assert [unit.seed for unit in plan.units] == [1, 2, 3]


def test_a_composite_brings_its_parts_on_the_addresses_that_follow(tmp_path: Path) -> None:
    text = "units: [{id: stove, kind: integrated-stove, wire: native-coap, address: 127.0.0.40, seed: 3, room: kitchen}]"
    units = home(tmp_path, text).units
    assert [(unit.id, unit.kind, unit.address, unit.part_of) for unit in units] == [
        ("stove", "integrated-stove", "127.0.0.40", None),
        ("stove-hood", "range-hood", "127.0.0.41", "stove"),
        ("stove-hob", "gas-hob", "127.0.0.42", "stove"),
        ("stove-steriliser", "steriliser", "127.0.0.43", "stove"),
    ]
    assert {unit.room for unit in units} == {"kitchen"}
    assert units[1].title == "Integrated stove: Range hood"


def test_a_plug_knows_what_it_feeds_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = """
    units:
      - {id: fridge, kind: refrigerator, wire: native-coap}
      - {id: one, kind: plug, wire: native-coap, feeds: fridge}
      - {id: lamp, kind: light, wire: native-coap}
      - {id: two, kind: plug, wire: native-coap, feeds: lamp, settings: {feedsKind: none, power: false}}
      - {id: fan, kind: fan, wire: native-coap}
      - {id: three, kind: plug, wire: miio, feeds: fan}
    """
    plan = home(tmp_path, text)
    assert unit(plan, "three").settings == {}
    assert unit(plan, "one").settings == {"feeds": "fridge", "feedsKind": "refrigerator"}
    assert unit(plan, "two").settings == {"feeds": "lamp", "feedsKind": "none", "power": False}


def test_settings_and_make_of_a_unit_are_there_when_it_is_new() -> None:
    lamp = make_appliance("light", settings={"brightness": 33, "power": True})
    assert (lamp.values()["brightness"], lamp.values()["power"]) == (33, True)
    box = make_appliance("set-top-box", features=["PLB"], made={"reception": "dth", "videoClass": "SD", "smart": False})
    assert [box.values()[name] for name in ("reception", "videoClass", "smart")] == ["dth", "SD", False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"settings": {"colour": "red"}}, "settings: 'colour' cannot be set; there are brightness"),
        ({"settings": {"brightness": 900}}, "settings: brightness: 900 is above 100"),
        ({"settings": {"powerDraw": 1}}, "'powerDraw' cannot be set"),
        ({"made": {"wings": 2}}, "made: 'wings' cannot be chosen; there are none"),
    ],
)
def test_settings_that_cannot_be_are_a_mistake(options: dict[str, Any], words: str) -> None:
    features = ["CT"]
    with pytest.raises(SetupMistake, match=words):
        make_appliance("light", features=features, **options)


# What is wrong with a file


AIR = "units:\n  - {id: a, kind: air-conditioner, wire: native-coap, via: b}"


def lamps(*units: str, head: str = "") -> str:
    return "\n".join([head, "units:", *(f"  - {{kind: light, wire: native-coap, {unit}}}" for unit in units)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lamps("id: a", head="rooms: 3"), "home.yaml: unknown rooms; known are name"),
        (lamps("id: a", head="titles: Flat"), "home.yaml: `titles` is a mapping of language to text"),
        (lamps("id: a", head="base-address: garden"), "home.yaml: `base-address` 'garden' is no IPv4 address"),
        (lamps("id: a", head="mains: {clock: noon}"), "home.yaml: mains: clock is a time of day"),
        (lamps("id: a", "id: b, seed: tall"), r"home.yaml: unit 2 \(b\): `seed` cannot be 'tall'"),
        (lamps("id: a, features: [CT, WINGS]"), r"unit 1 \(a\): light has no feature 'WINGS'"),
        (lamps("id: a, settings: {brightness: 900}"), r"unit 1 \(a\): settings: brightness: 900 is above 100"),
        (lamps("id: a, repeat: 0"), "`repeat` is a number of copies or"),
        (lamps("id: a, repeat: [5, 2]"), "`repeat` is a number of copies or"),
        (lamps('id: "a-{x}", repeat: 2'), "may hold only the number of the copy"),
        (lamps("id: a, repeat: 2"), "the id a appears twice"),
        (lamps('id: "a-{n}", repeat: 1000', "id: b"), "1001 units are more than one simulator carries"),
        (lamps("id: a, feeds: b", "id: b"), "unit a: a light feeds nothing"),
        (AIR, "unit a: `via: b` names no other unit of this home; there are a"),
        (AIR + "\n  - {id: b, kind: light, wire: native-coap}", "`via: b` is a light and sends nothing"),
        ("units: [{id: p, kind: plug, wire: native-coap, feeds: q}]", "unit p: `feeds: q` names no other unit"),
        ("units: [{id: p, kind: plug, wire: native-coap, feeds: p}]", "unit p: `feeds: p` names no other unit"),
    ],
)
def test_a_wrong_home_names_file_and_unit(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SetupMistake, match=words):
        home(tmp_path, text)


PLUGS = """
units:
  - {id: lamp, kind: light, wire: native-coap}
  - {id: one, kind: plug, wire: native-coap, feeds: FIRST}
  - {id: two, kind: plug, wire: native-coap, feeds: SECOND}
"""


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("lamp", "lamp", "lamp is fed twice, by unit one and unit two"),
        ("two", "one", "feeds itself in a circle: one, two"),
    ],
)
def test_what_is_plugged_in_twice_or_into_itself_is_refused(tmp_path: Path, first: str, second: str, words: str) -> None:
    with pytest.raises(SetupMistake, match=words):
        home(tmp_path, PLUGS.replace("FIRST", first).replace("SECOND", second))


REMOTE = """
units:
  - {id: eye, kind: ir-remote, wire: native-coap, room: bedroom}
  - {id: it, kind: KIND, wire: WIRE, room: ROOM, via: eye}
"""


@pytest.mark.parametrize(
    ("kind", "wire", "room", "words"),
    [
        (
            "air-conditioner",
            "native-coap",
            "kitchen",
            r"unit it: infrared does not go through walls: put it into the room of eye \(bedroom\)",
        ),
        ("air-conditioner", "midea-v2", "bedroom", "unit it: a remote speaks for it in the standard's own words"),
        ("refrigerator", "native-coap", "bedroom", "no infrared codes are known for the kind 'refrigerator'"),
    ],
)
def test_a_remote_that_cannot_reach_or_speak_is_refused(tmp_path: Path, kind: str, wire: str, room: str, words: str) -> None:
    with pytest.raises(SetupMistake, match=words):
        home(tmp_path, REMOTE.replace("KIND", kind).replace("WIRE", wire).replace("ROOM", room))


def test_a_kind_of_ones_own_is_found_beside_the_home_file(tmp_path: Path) -> None:
    (tmp_path / "lava-lamp-1.yaml").write_text(
        'title: Lava lamp\nlinks: [{rel: "tm:extends", href: ./light-1.yaml}]\nhl:kind: lava-lamp\n', encoding="utf-8"
    )
    plan = home(tmp_path, "units: [{id: a, kind: ./lava-lamp-1.yaml, wire: native-coap}]")
    assert make_appliance(plan.units[0].kind).kind == "lava-lamp"
    with pytest.raises(SetupMistake, match="no simulated 'lava-lamp'"):
        home(tmp_path, "units: [{id: a, kind: lava-lamp, wire: native-coap}]")
    folder = home(tmp_path, "units: [{id: a, kind: lava-lamp, wire: native-coap}]", profiles=(tmp_path,))
    assert folder.units[0].kind == "lava-lamp"
