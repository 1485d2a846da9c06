"""Every row of every model's table: what each raw value means, and what each value is sent as. The numbers stand here a second time."""

from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.miio.description import describe
from gateway.drivers.miio.models import FOLDER, kind_of, kinds_of
from gateway.drivers.miio.place import place
from gateway.drivers.miio.sheet import ModelSheet, sheet_of
from gateway.errors import ConfigurationInvalid, SchemaViolation
from gateway.profile.library import Library
from gateway.thing.description import Locality

MODELS = sorted(file.stem for file in FOLDER.glob("*/*.yaml"))
LIBRARY = Library()
HOURS = pytest.approx(100, abs=0.001)
SECONDS = 360000

SHOWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "xiaomi.aircondition.mc4": (
        {"2.1": True, "2.2": 5, "2.4": 26.5, "2.7": True, "2.9": True, "2.11": True, "3.2": 7, "3.4": True, "4.7": 28.4, "9.5": 151.5},
        {
            "power": True,
            "mode": "heat",
            "targetTemperature": 26.5,
            "eco": True,
            "auxHeat": True,
            "sleepMode": "on",
            "fanMode": "turbo",
            "verticalSwing": True,
            "roomTemperature": 28.4,
            "operatingHours": 151.5,
        },
    ),
    "zhimi.airpurifier.mb3": (
        {"2.1": 0, "2.2": True, "2.5": 2, "3.6": 12, "4.3": 45, "7.1": True, "10.9": 1840, "12.1": SECONDS},
        {
            "_fault": 0,
            "power": True,
            "mode": "manual",
            "fanPercent": 80,
            "pm25": 12,
            "consumables": [{"id": "filter", "kind": "filter-hepa", "remaining": 45}],
            "childLock": True,
            "operatingHours": HOURS,
        },
    ),
    "zhimi.heater.mc2": (
        {"2.1": True, "2.2": 0, "2.5": 22, "3.1": 3, "4.7": 18.6, "5.1": True, "8.9": SECONDS},
        {
            "power": True,
            "_fault": 0,
            "protection": "normal",
            "targetTemperature": 22,
            "offTimer": 180,
            "roomTemperature": 18.6,
            "childLock": True,
            "operatingHours": HOURS,
        },
    ),
    "zhimi.heater.za2": (
        {"2.2": True, "2.1": 0, "2.6": 22, "4.1": 3, "5.8": 18.6, "7.1": True, "8.7": SECONDS},
        {
            "power": True,
            "_fault": 0,
            "protection": "normal",
            "targetTemperature": 22,
            "offTimer": 180,
            "roomTemperature": 18.6,
            "childLock": True,
            "operatingHours": HOURS,
        },
    ),
    "chuangmi.plug.212a01": (
        {"2.1": True, "2.6": 31, "5.2": 387, "5.3": 221, "5.6": 85},
        {"power": True, "plugTemperature": 31, "current": 0.387, "voltage": 221, "powerDraw": 85},
    ),
    "chuangmi.plug.m1": ({"power": "on", "temperature": 31}, {"power": True, "plugTemperature": 31}),
    "dmaker.fan.p11": (
        {"2.1": True, "2.3": 1, "2.4": True, "2.6": 55, "3.1": 57, "6.2": 0, "7.1": True},
        {"power": True, "mode": "natural", "swing": True, "fanPercent": 55, "offTimer": 60, "_fault": 0, "childLock": True},
    ),
    "dmaker.fan.p5": (
        {"power": True, "mode": "nature", "roll_enable": True, "speed": 55, "time_off": 57, "child_lock": True},
        {"power": True, "mode": "natural", "swing": True, "fanPercent": 55, "offTimer": 60, "childLock": True},
    ),
}
"""Model to what a device shows, and to everything that means."""

WORDS: list[tuple[str, str, str, dict[Any, Any]]] = [
    ("xiaomi.aircondition.mc4", "mode", "2.2", {2: "cool", 3: "dry", 4: "fan", 5: "heat", 1: None}),
    ("xiaomi.aircondition.mc4", "sleepMode", "2.11", {False: "off", True: "on"}),
    (
        "xiaomi.aircondition.mc4",
        "fanMode",
        "3.2",
        {0: "auto", 1: "quiet", 2: "low", 3: "low", 4: "medium", 5: "medium", 6: "high", 7: "turbo", 8: None},
    ),
    ("zhimi.airpurifier.mb3", "mode", "2.5", {0: "auto", 1: "sleep", 2: "manual", 3: "manual", 4: None}),
    ("zhimi.airpurifier.mb3", "pm25", "3.6", {0: 0, 1000: 1000, 1001: None, -1: None, "x": None}),
    ("zhimi.heater.mc2", "protection", "2.2", {0: "normal", 1: None}),
    ("zhimi.heater.mc2", "power", "2.1", {True: True, False: False}),
    ("chuangmi.plug.m1", "power", "power", {"on": True, "off": False, "?": None}),
    ("dmaker.fan.p11", "mode", "2.3", {0: "normal", 1: "natural", 2: None}),
    ("dmaker.fan.p11", "fanPercent", "2.6", {1: 1, 100: 100, 0: None, 101: None}),
    ("dmaker.fan.p11", "offTimer", "3.1", {0: 0, 1: 10, 10: 10, 11: 20, 480: 480}),
    ("dmaker.fan.p5", "mode", "mode", {"normal": "normal", "nature": "natural"}),
    ("dmaker.fan.p5", "fanPercent", "speed", {0: None}),
]

SENT: dict[str, list[tuple[str, Any, dict[str, Any]]]] = {
    "xiaomi.aircondition.mc4": [
        ("power", True, {"2.1": True}),
        ("power", False, {"2.1": False}),
        ("mode", "cool", {"2.2": 2}),
        ("mode", "dry", {"2.2": 3}),
        ("mode", "fan", {"2.2": 4}),
        ("mode", "heat", {"2.2": 5}),
        ("targetTemperature", 22.5, {"2.4": 22.5}),
        ("eco", True, {"2.7": True}),
        ("auxHeat", True, {"2.9": True}),
        ("sleepMode", "on", {"2.11": True}),
        ("sleepMode", "off", {"2.11": False}),
        ("fanMode", "auto", {"3.2": 0}),
        ("fanMode", "quiet", {"3.2": 1}),
        ("fanMode", "low", {"3.2": 2}),
        ("fanMode", "medium", {"3.2": 4}),
        ("fanMode", "high", {"3.2": 6}),
        ("fanMode", "turbo", {"3.2": 7}),
        ("verticalSwing", True, {"3.4": True}),
    ],
    "zhimi.airpurifier.mb3": [
        ("power", True, {"2.2": True}),
        ("mode", "auto", {"2.5": 0}),
        ("mode", "sleep", {"2.5": 1}),
        ("mode", "manual", {"2.5": 2}),
        ("fanPercent", 80, {"2.5": 2, "10.7": 1840}),
        ("fanPercent", 14, {"2.5": 2, "10.7": 320}),
        ("childLock", True, {"7.1": True}),
    ],
    "zhimi.heater.mc2": [
        ("power", True, {"2.1": True}),
        ("targetTemperature", 22, {"2.5": 22}),
        ("offTimer", 180, {"3.1": 3}),
        ("childLock", True, {"5.1": True}),
    ],
    "zhimi.heater.za2": [
        ("power", True, {"2.2": True}),
        ("targetTemperature", 22, {"2.6": 22}),
        ("offTimer", 180, {"4.1": 3}),
        ("childLock", True, {"7.1": True}),
    ],
    "chuangmi.plug.212a01": [("power", False, {"2.1": False})],
    "chuangmi.plug.m1": [("power", True, {"power": "on"}), ("power", False, {"power": "off"})],
    "dmaker.fan.p11": [
        ("power", True, {"2.1": True}),
        ("mode", "normal", {"2.3": 0}),
        ("mode", "natural", {"2.3": 1}),
        ("swing", True, {"2.4": True}),
        ("fanPercent", 55, {"2.6": 55}),
        ("offTimer", 90, {"3.1": 90}),
        ("childLock", True, {"7.1": True}),
    ],
    "dmaker.fan.p5": [
        ("power", True, {"power": True}),
        ("mode", "normal", {"mode": "normal"}),
        ("mode", "natural", {"mode": "nature"}),
        ("swing", True, {"roll_enable": True}),
        ("fanPercent", 55, {"speed": 55}),
        ("offTimer", 90, {"time_off": 90}),
        ("childLock", True, {"child_lock": True}),
    ],
}

REFUSED = [
    ("xiaomi.aircondition.mc4", "mode", "auto"),
    ("xiaomi.aircondition.mc4", "power", 1),
    ("zhimi.airpurifier.mb3", "mode", "boost"),
    ("zhimi.airpurifier.mb3", "fanPercent", 12),
    ("zhimi.airpurifier.mb3", "fanPercent", 101),
    ("zhimi.heater.mc2", "offTimer", 90),
    ("zhimi.heater.mc2", "targetTemperature", 22.5),
    ("dmaker.fan.p11", "mode", "sleep"),
    ("dmaker.fan.p11", "swing", "yes"),
]

ABLE: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "xiaomi.aircondition.mc4": (["HEAT", "SWV", "ECO", "SLP", "AUX", "HRS"], {"targetTemperature": {"maximum": 31}}, ["HEAT"]),
    "zhimi.airpurifier.mb3": (["CHL", "HRS"], {"mode": {"enum": ["auto", "sleep", "manual"]}}, []),
    "zhimi.heater.mc2": (
        ["TMR", "CHL", "HRS"],
        {"targetTemperature": {"minimum": 18, "maximum": 28}, "offTimer": {"maximum": 720, "multipleOf": 60}},
        [],
    ),
    "zhimi.heater.za2": (
        ["TMR", "CHL", "HRS"],
        {"targetTemperature": {"minimum": 16, "maximum": 28}, "offTimer": {"maximum": 480, "multipleOf": 60}},
        [],
    ),
    "chuangmi.plug.212a01": (["VLT", "CUR", "TMP"], {}, []),
    "chuangmi.plug.m1": (["TMP"], {}, []),
    "dmaker.fan.p11": (["MOD", "TMR", "CHL"], {"mode": {"enum": ["normal", "natural"]}, "offTimer": {"maximum": 480}}, []),
    "dmaker.fan.p5": (["MOD", "TMR", "CHL"], {"mode": {"enum": ["normal", "natural"]}, "offTimer": {"maximum": 480}}, []),
}
"""Model to its features and narrower terms, and to the features it has before it has shown anything."""

TOLD: dict[str, dict[str, Any]] = {
    "xiaomi.aircondition.mc4": {"infer": "air-conditioner", "unknown": {"faults", "safeUse", "energyLabel", "claims"}},
    "zhimi.airpurifier.mb3": {"fault_number": "_fault", "faults": {2, 3, 5}, "unknown": {"safeUse", "energyLabel", "claims"}},
    "zhimi.heater.mc2": {
        "infer": "space-heater",
        "fault_number": "_fault",
        "assumed": {"protection", "offTimer"},
        "unknown": {"safeUse", "claims"},
    },
    "zhimi.heater.za2": {
        "infer": "space-heater",
        "fault_number": "_fault",
        "assumed": {"protection", "offTimer"},
        "unknown": {"safeUse", "claims"},
    },
    "chuangmi.plug.212a01": {
        "unknown": {"faults", "safeUse", "claims", "feeds", "feedsKind"},
        "refusals": {"feeds", "feedsKind", "powerOnState"},
    },
    "chuangmi.plug.m1": {
        "unknown": {"faults", "safeUse", "claims", "feeds", "feedsKind"},
        "refusals": {"feeds", "feedsKind", "powerOnState"},
    },
    "dmaker.fan.p11": {"fault_number": "_fault", "assumed": {"offTimer"}, "unknown": {"safeUse", "energyLabel", "claims"}},
    "dmaker.fan.p5": {"assumed": {"offTimer"}, "unknown": {"faults", "safeUse", "energyLabel", "claims"}},
}

SAME_AS = {
    "xiaomi.aircondition.mc4": {"xiaomi.aircondition.mc1", "xiaomi.aircondition.mc2", "xiaomi.aircondition.mc5"},
    "zhimi.airpurifier.mb3": {"zhimi.airpurifier.ma4", "zhimi.airpurifier.mb3a"},
    "chuangmi.plug.m1": {"chuangmi.plug.m3", "chuangmi.plug.v2", "chuangmi.plug.hmi205", "chuangmi.plug.hmi206"},
    "dmaker.fan.p11": {"dmaker.fan.p15", "dmaker.fan.p33"},
}


def sheet(model: str) -> ModelSheet:
    found = sheet_of(model)
    assert found is not None
    return found


def test_every_model_is_looked_at_here() -> None:
    assert set(MODELS) == set(SHOWN).union(*SAME_AS.values())
    assert SHOWN.keys() == SENT.keys() == ABLE.keys() == TOLD.keys()
    assert {kind_of(model) for model in MODELS} == set(kinds_of()) == {"air-conditioner", "air-purifier", "space-heater", "plug", "fan"}


@pytest.mark.parametrize("model", SHOWN)
def test_what_a_device_shows_is_read(model: str) -> None:
    shown, means = SHOWN[model]
    assert sheet(model).read(shown) == means
    assert set(sheet(model).asked_for()) == set(shown), "everything that is read is asked for, and nothing else"


@pytest.mark.parametrize("model", SHOWN)
def test_what_is_not_shown_is_not_read(model: str) -> None:
    assert sheet(model).read({}) == {}


@pytest.mark.parametrize(("model", "name", "key", "words"), WORDS)
def test_every_value_has_its_word(model: str, name: str, key: str, words: dict[Any, Any]) -> None:
    assert {raw: sheet(model).read({key: raw}).get(name) for raw in words} == words


def test_a_purifier_that_is_off_stands_still_whatever_its_motor_is_set_to() -> None:
    read = sheet("zhimi.airpurifier.mb3").read
    assert read({"2.2": False, "10.9": 1840})["fanPercent"] == 0
    assert read({"2.2": True, "10.9": 3000})["fanPercent"] == 100


@pytest.mark.parametrize("model", SENT)
def test_each_value_is_sent_as_the_device_wants_it(model: str) -> None:
    for name, value, raw in SENT[model]:
        asked: dict[str, Any] = {}
        sheet(model).writers[name](asked, value)
        assert asked == raw
        assert list(asked) == list(raw), "what comes first counts"
        assert [type(each) for each in asked.values()] == [type(each) for each in raw.values()]
    assert {name for name, _, _ in SENT[model]} == sheet(model).writers.keys()


@pytest.mark.parametrize(("model", "name", "value"), REFUSED)
def test_a_value_without_a_form_on_this_wire_is_refused(model: str, name: str, value: Any) -> None:
    with pytest.raises(SchemaViolation):
        sheet(model).writers[name]({}, value)


def test_every_speed_the_purifier_can_turn_at_comes_back_as_it_was_set() -> None:
    known = sheet("zhimi.airpurifier.mb3")
    for percent in range(13, 101):
        asked: dict[str, Any] = {}
        known.writers["fanPercent"](asked, percent)
        assert asked["10.7"] % 10 == 0, "the device takes tens of turns"
        assert known.read({"2.2": True, "10.9": asked["10.7"]})["fanPercent"] == percent


@pytest.mark.parametrize("model", ABLE)
def test_a_device_is_described_by_what_it_has_shown(model: str) -> None:
    features, narrowing, always = ABLE[model]
    known = sheet(model)
    whole = describe(known, 301234567, "1.0", known.readers.keys())
    assert (list(whole.features), whole.narrowing) == (features, narrowing)
    assert (whole.identity["model"], whole.identity["sw"], whole.locality) == (model, "1.0", Locality.CLOUD_KEY)
    LIBRARY.model(whole.kind, whole.major).instance(whole)
    nothing = describe(known, 301234567, "", ())
    assert list(nothing.features) == always
    assert "offTimer" not in nothing.narrowing
    assert nothing.id == whole.id != describe(known, 301234568, "", ()).id


@pytest.mark.parametrize("model", TOLD)
def test_what_is_said_beside_the_readings(model: str) -> None:
    known, told = sheet(model), TOLD[model]
    assert known.infer == told.get("infer")
    assert known.fault_number == told.get("fault_number")
    assert set(known.faults) == told.get("faults", set())
    assert known.assumed == told.get("assumed", set())
    assert set(known.unknown) == told["unknown"]
    assert set(known.refusals) == told.get("refusals", set())
    assert known.dialect == ("miio" if model in ("chuangmi.plug.m1", "dmaker.fan.p5") else "miot")
    assert known.actions == ({"setComfort": {"power", "mode", "targetTemperature", "fanMode"}} if "aircondition" in model else {})
    assert dict(known.invoke) == ({"resetConsumable": {"action": "4.1", "of": {"id": "filter"}}} if "airpurifier" in model else {})


def test_the_methods_of_the_older_dialect() -> None:
    assert sheet("chuangmi.plug.m1").methods == {"power": "set_power"}
    assert sheet("dmaker.fan.p5").methods == {
        "power": "s_power",
        "mode": "s_mode",
        "roll_enable": "s_roll",
        "speed": "s_speed",
        "time_off": "s_t_off",
        "child_lock": "s_lock",
    }
    for model in ("chuangmi.plug.m1", "dmaker.fan.p5"):
        for _, _, raw in SENT[model]:
            assert raw.keys() <= sheet(model).methods.keys()


def test_the_purifiers_faults_are_words_of_the_catalogue() -> None:
    codes = {number: fault["code"] for number, fault in sheet("zhimi.airpurifier.mb3").faults.items()}
    assert codes == {2: "FAN.PURIFIER.STALLED", 3: "SENSOR.PM25", 5: "SENSOR.ROOM-TEMPERATURE"}


@pytest.mark.parametrize(("model", "other"), [(model, other) for model, others in SAME_AS.items() for other in sorted(others)])
def test_models_that_are_the_same_are_read_the_same_under_their_own_name(model: str, other: str) -> None:
    shown, means = SHOWN[model]
    assert sheet(other).read(shown) == means
    assert sheet(other).model == other


def test_a_batch_is_what_the_model_carries() -> None:
    assert sheet("chuangmi.plug.212a01").batch == 7
    assert sheet("zhimi.airpurifier.mb3").batch == 15


@pytest.mark.parametrize("model", ["", "zhimi.heater.mc3", "../fan/dmaker.fan.p11", "zhimi", "ZHIMI.HEATER.MC2", "a/b.c"])
def test_a_model_without_a_table_has_none(model: str) -> None:
    assert sheet_of(model) is None
    assert kind_of(model) is None


BASE = (FOLDER / "fan" / "dmaker.fan.p11.yaml").read_text(encoding="utf-8")


def made(folder: Path, text: str, kind: str = "fan", model: str = "acme.fan.x1") -> ModelSheet | None:
    file = folder / kind / f"{model}.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return sheet_of(model, folder)


def test_another_model_is_a_file_and_no_code(tmp_path: Path) -> None:
    (tmp_path / "space-heater").mkdir()
    (tmp_path / "space-heater" / "acme.heater.b1.yaml").write_text(
        (FOLDER / "space-heater" / "zhimi.heater.mc2.yaml").read_text(encoding="utf-8")
    )
    change = 'extends: acme.heater.b1\nread: {childLock: null, targetTemperature: {number: "9.9"}}\nwrite: {childLock: null}\n'
    (tmp_path / "space-heater" / "acme.heater.b2.yaml").write_text(change)
    changed = sheet_of("acme.heater.b2", tmp_path)
    assert changed is not None
    assert changed.read({"9.9": 21, "2.5": 5, "5.1": True}) == {"targetTemperature": 21}
    assert "childLock" not in changed.writers


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BASE.replace('"2.6", within', "2.10, within"), "in quotes"),
        (BASE.replace("dialect: miot", "dialect: mqtt"), "mqtt"),
        (BASE.replace("kind: fan", "kind: light"), "light"),
        (BASE.replace("batch: 12", ""), "batch"),
        (BASE.replace("{flag: ", "{flog: ", 1), "flog"),
        ("extends: acme.fan.x1\n", "no model"),
        ("extends: acme.fan.x2\n", "no model"),
        ("- a list\n", "not a mapping"),
    ],
    ids=["a number", "dialect", "kind", "batch", "reader", "itself", "nothing", "list"],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=why) as wrong:
        made(tmp_path, text)
    assert "acme.fan.x1.yaml" in str(wrong.value)


def test_a_place_may_be_the_opposite_of_a_switch() -> None:
    assert place("!2.2").get({"2.2": False}) is True
    assert place("!2.2").get({}) is None
    with pytest.raises(ConfigurationInvalid):
        place("!")
    with pytest.raises(ConfigurationInvalid):
        place(2.1)
