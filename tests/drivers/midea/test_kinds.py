"""The data of the types beside the air conditioner, all of them alike."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_sim.wires.midea import clothes_dryer, top_loader, water_heater
from gateway.drivers.midea.capabilities import Capabilities
from gateway.drivers.midea.description import describe
from gateway.profile.library import Library
from tests.drivers.midea.bodies import (
    DEHUMIDIFIER,
    DRYER,
    HEATER,
    HOOD,
    PURIFIER,
    REFRIGERATOR,
    TOP_LOADER,
    TYPES,
    WASHER,
    body,
    data,
    read,
)

LIBRARY = Library()


def test_what_a_short_body_does_not_reach_is_not_made_up() -> None:
    assert read(PURIFIER, body(14, 0xC8)).keys() & {"pm25", "hcho", "consumables", "anion"} == set()
    assert "remaining" not in read(WASHER, body(18, 3, _1=1, _2=2))
    assert "remaining" not in read(DRYER, body(18, 3, _1=1, _2=2))
    assert "_wrong" not in read(HOOD, body(21, 0x31, _1=1))
    assert "_wrong" not in read(REFRIGERATOR, body(3, 2, _1=1), "wrong")
    assert "tank" not in read(DEHUMIDIFIER, body(15, 0xC8, _10=50))


@pytest.mark.parametrize(
    ("appliance", "model", "errors"),
    [
        (TOP_LOADER, "HULIANDA", top_loader.ERRORS),
        (DRYER, "HULIANDC", clothes_dryer.ERRORS),
        (HEATER, "HULIANE2", water_heater.ERRORS),
    ],
)
def test_the_numbers_of_a_known_model_mean_what_its_maker_says(appliance: int, model: str, errors: dict[str, int]) -> None:
    faults = data(appliance, model).faults
    assert {fault["code"]: number for number, fault in faults.items()} == errors
    assert data(appliance, model).title.startswith("Simulated")
    assert data(appliance).faults == {}


@pytest.mark.parametrize("appliance", TYPES)
def test_each_question_is_answered_by_the_message_it_is_for(appliance: int) -> None:
    mapping = data(appliance)
    asks = {
        REFRIGERATOR: "00",
        WASHER: "03",
        TOP_LOADER: "03",
        DRYER: "03",
        HEATER: "01 01",
        HOOD: "31",
        PURIFIER: "41 00 00 ff 03",
        DEHUMIDIFIER: "41 81 00 ff 00",
    }
    ask = mapping.messages["status"].ask
    assert ask is not None
    assert ask.hex(" ").startswith(asks[appliance])
    assert len(ask) == (20 if mapping.numbered else len(bytes.fromhex(asks[appliance])))
    assert mapping.numbered is (appliance in {PURIFIER, DEHUMIDIFIER})
    assert not mapping.capable


@pytest.mark.parametrize("appliance", TYPES)
@settings(max_examples=30, deadline=None)
@given(data_=st.data())
def test_whatever_a_unit_has_shown_the_profile_accepts_what_is_made_of_it(appliance: int, data_: st.DataObject) -> None:
    mapping = data(appliance)
    names = sorted({name for message in mapping.messages.values() for name in message.readers})
    shown = data_.draw(st.sets(st.sampled_from(names)))
    description = describe(mapping, 7, {}, Capabilities(), shown)
    instance = LIBRARY.model(description.kind).instance(description)
    optional = {name for name in mapping.gives if mapping.gives[name] in description.features}
    assert optional <= instance.properties.keys()
    for name in mapping.unknown:
        instance.check_value(name, mapping.unknown[name])


@pytest.mark.parametrize("appliance", TYPES)
@settings(max_examples=30, deadline=None)
@given(content=st.binary(min_size=1, max_size=64))
@example(content=b"\x00\x01" + bytes(15) + b"\xb5\x45")  # 69 hours and 181 minutes left: more than three days
@example(content=b"\x00\x01" + bytes(15) + b"\xff\x43")
def test_whatever_bytes_come_what_is_shown_fits_the_profile(appliance: int, content: bytes) -> None:
    mapping = data(appliance)
    for message in mapping.messages.values():
        said = message.read(content)
        description = describe(mapping, 7, {}, Capabilities(), said.keys())
        instance = LIBRARY.model(description.kind).instance(description)
        exposed = {name: value for name, value in said.items() if not name.startswith("_")}
        assert instance.faulty({name: value for name, value in exposed.items() if name in instance.properties}) == {}


def test_what_the_type_does_not_offer_is_taken_from_the_words() -> None:
    description = describe(data(DEHUMIDIFIER), 7, {}, Capabilities(), {"mode"})
    assert description.narrowing["mode"] == {"enum": ["auto", "manual", "laundry"]}
    assert describe(data(WASHER), 7, {}, Capabilities(), {"waterLevel"}).narrowing["waterLevel"] == {"maximum": 4}
    assert describe(data(PURIFIER), 7, {}, Capabilities(), set()).narrowing["fanPercent"] == {"minimum": 5}


@pytest.mark.parametrize(
    ("appliance", "shown", "features"),
    [
        (REFRIGERATOR, {"mode"}, ("MOD",)),
        (REFRIGERATOR, {"_holiday", "_quick", "variableZoneTemperature"}, ("MOD", "HOL", "QCK", "VAR")),
        (WASHER, set(), ()),
        (WASHER, {"waterLevel", "_dries"}, ("LVL", "DRY")),
        (TOP_LOADER, set(), ()),
        (TOP_LOADER, {"waterLevel", "_dries"}, ("LVL", "DRY")),
        (DRYER, set(), ("TIM",)),
        (HEATER, set(), ()),
        (HEATER, {"_night", "tankVolume"}, ("NGT", "VOL")),
        (HOOD, {"power"}, ()),
        (PURIFIER, set(), ()),
        (PURIFIER, {"childLock", "hcho", "anion"}, ("CHL", "HCH", "ANI")),
        (DEHUMIDIFIER, set(), ("DEHUMID",)),
        (DEHUMIDIFIER, {"roomTemperature", "childLock"}, ("DEHUMID", "TMP", "CHL")),
    ],
)
def test_features_follow_from_what_was_shown(appliance: int, shown: set[str], features: tuple[str, ...]) -> None:
    assert describe(data(appliance), 7, {}, Capabilities(), shown).features == features


def test_no_unit_of_the_make_is_said_to_know_what_it_never_tells() -> None:
    for appliance in TYPES:
        assert data(appliance).unknown["safeUse"] == {"state": "unknown"}
    assert data(DRYER).assumed == {"phase", "progress"}
    assert data(WASHER).assumed == data(TOP_LOADER).assumed == {"progress"}
