"""Every row of the mapping data, read and written, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.daikin.description import describe
from gateway.drivers.daikin.mapping import FILE, kind_of
from gateway.drivers.daikin.modes import whole
from gateway.drivers.daikin.place import place
from gateway.errors import ConfigurationInvalid, DeviceFailure, ReadOnly, SchemaViolation, StateConflict

KIND = kind_of()
ABLE = {"en_spmode": "7"}
COOLING = {
    "pow": "1", "mode": "3", "adv": "", "stemp": "24.0", "shum": "0", "dt1": "23.0", "dt3": "24.0", "dt4": "21.5",
    "f_rate": "4", "f_dir": "2",
}  # fmt: skip
READ: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"pow": "1"}, {"power": True}),
    ({"pow": "0"}, {"power": False}),
    *[
        ({"mode": number}, {"mode": word})
        for number, word in {"0": "auto", "1": "auto", "7": "auto", "2": "dry", "3": "cool", "4": "heat", "6": "fan"}.items()
    ],
    ({"mode": "5"}, {}),
    ({"stemp": "22.5"}, {"targetTemperature": 22.5}),
    ({"stemp": "24.0"}, {"targetTemperature": 24}),
    ({"stemp": "M"}, {}),
    *[({"stemp": odd}, {}) for odd in ("nan", "inf", "1e400", "2_4", "٢٤", "", " 24", "9" * 400)],
    ({"stemp": "--"}, {}),
    *[
        ({"f_rate": rate}, {"fanMode": word})
        for rate, word in {"A": "auto", "B": "quiet", "3": "low", "4": "low", "5": "medium", "6": "high", "7": "high"}.items()
    ],
    ({"f_rate": "8"}, {}),
    ({"f_rate": "A", "adv": "2", **ABLE}, {"fanMode": "turbo", "eco": False}),
    ({"f_rate": "A", "adv": "2/13", **ABLE}, {"fanMode": "turbo", "eco": False}),
    ({"f_rate": "A", "adv": "12/13", **ABLE}, {"fanMode": "auto", "eco": True}),
    ({"f_rate": "A", "adv": "13", "en_spmode": "1"}, {"fanMode": "auto"}),
    ({"adv": "12", "en_spmode": "2"}, {"eco": True}),
    ({"f_rate": "A", "adv": "2"}, {"fanMode": "auto"}),
    *[({"f_dir": number}, {"verticalSwing": on}) for number, on in {"0": False, "1": True, "2": False, "3": True}.items()],
    *[({"f_dir": "0", "f_dir_ud": word}, {"verticalSwing": on}) for word, on in {"0": False, "S": True}.items()],
    *[({"pow": nothing, "err": nothing}, {}) for nothing in ("-", "--", "M")],
    ({"htemp": "25.5", "otemp": "-7.0"}, {"roomTemperature": 25.5, "outdoorTemperature": -7}),
    ({"htemp": "-", "hhum": "-", "otemp": "-"}, {}),
    ({"err": "0", "cmpfreq": "40"}, {"_error": 0, "_hertz": 40}),
    ({"cmpfreq": "999"}, {"_hertz": 0}),
    ({"cmpfreq": "-"}, {}),
]
WRITE: list[tuple[dict[str, Any], dict[str, str], dict[str, bool]]] = [
    ({"power": False}, {"pow": "0"}, {}),
    ({"power": True}, {"pow": "1"}, {}),
    *[({"mode": word}, {"mode": number}, {}) for word, number in {"auto": "1", "dry": "2", "cool": "3", "heat": "4", "fan": "6"}.items()],
    ({"targetTemperature": 22}, {"stemp": "22.0"}, {}),
    ({"targetTemperature": 22.5}, {"stemp": "22.5"}, {}),
    *[
        ({"fanMode": word}, {"f_rate": rate}, {})
        for word, rate in {"auto": "A", "quiet": "B", "low": "3", "medium": "5", "high": "7"}.items()
    ],
    ({"fanMode": "turbo"}, {}, {"2": True}),
    ({"verticalSwing": True}, {"f_dir": "3"}, {}),
    ({"verticalSwing": False}, {"f_dir": "2"}, {}),
    ({"eco": True}, {}, {"12": True}),
    ({"eco": False}, {}, {}),
]


@pytest.mark.parametrize(("shown", "readings"), READ)
def test_words_are_read(shown: dict[str, str], readings: dict[str, Any]) -> None:
    assert KIND.read(shown) == readings


@pytest.mark.parametrize(("asked", "words", "special"), WRITE)
def test_values_are_written(asked: dict[str, Any], words: dict[str, str], special: dict[str, bool]) -> None:
    order = KIND.order(asked, COOLING | ABLE)
    assert (order.words, order.special) == (words, special)


def test_where_there_are_two_louvres_each_has_a_word() -> None:
    shown = COOLING | {"f_dir": "0", "f_dir_ud": "0", "f_dir_lr": "S"}
    for on, word in ((True, "S"), (False, "0")):
        words = whole(KIND.order({"verticalSwing": on}, shown), KIND.modes)
        assert (words["f_dir"], words["f_dir_ud"], words["f_dir_lr"]) == ("0", word, "S")


def test_a_special_mode_is_switched_off_only_where_it_is_on() -> None:
    order = KIND.order({"fanMode": "low"}, COOLING | ABLE | {"adv": "2/13"})
    assert (order.words, order.special) == ({"f_rate": "3"}, {"2": False})
    assert KIND.order({"eco": False}, COOLING | ABLE | {"adv": "12"}).special == {"12": False}
    assert KIND.special == {"2": "1", "12": "2"}


@pytest.mark.parametrize("asked", [{"fanMode": "turbo"}, {"eco": True}])
def test_a_model_without_special_modes_is_not_asked_for_one(asked: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        KIND.order(asked, COOLING)
    assert KIND.order({"fanMode": "auto"}, COOLING).special == {}


@pytest.mark.parametrize(
    "asked", [{"targetTemperature": 22.25}, {"targetTemperature": 9}, {"targetTemperature": "22"}, {"mode": "off"}, {"power": 1}]
)
def test_what_has_no_form_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        KIND.order(asked, COOLING)


@pytest.mark.parametrize(
    ("asked", "without"), [({"fanMode": "low"}, "f_rate"), ({"verticalSwing": True}, "f_dir"), ({"roomTemperature": 20}, "")]
)
def test_what_the_unit_has_no_word_for_is_read_only(asked: dict[str, Any], without: str) -> None:
    with pytest.raises(ReadOnly, match="cannot be set"):
        KIND.order(asked, {name: value for name, value in COOLING.items() if name != without})


@pytest.mark.parametrize(
    ("asked", "changes", "sent"),
    [
        ({"power": False}, {}, {"pow": "0", "mode": "3", "stemp": "24.0", "f_rate": "4", "f_dir": "2"}),
        ({"power": False}, {"mode": "2", "stemp": "M"}, {"pow": "0", "mode": "2", "stemp": "M"}),
        ({"mode": "heat"}, {}, {"mode": "4", "stemp": "24.0"}),
        ({"mode": "heat"}, {"stemp": "33.0"}, {"mode": "4", "stemp": "21.5"}),
        ({"mode": "auto"}, {"stemp": "M", "mode": "2"}, {"mode": "1", "stemp": "23.0"}),
        ({"mode": "cool"}, {"stemp": "--", "mode": "6"}, {"mode": "3", "stemp": "24.0"}),
        ({"mode": "dry"}, {}, {"mode": "2", "stemp": "M"}),
        ({"mode": "fan"}, {}, {"mode": "6", "stemp": "--"}),
        ({"mode": "auto"}, {"mode": "7"}, {"mode": "7", "stemp": "24.0"}),
        ({"mode": "auto"}, {"mode": "0"}, {"mode": "0"}),
        ({"mode": "heat", "targetTemperature": 20}, {"mode": "2", "stemp": "M"}, {"mode": "4", "stemp": "20.0"}),
        ({"power": False}, {"stemp": "35.0"}, {"pow": "0", "stemp": "35.0"}),
        ({"power": True}, {"mode": "9"}, {"pow": "1", "mode": "9", "stemp": "24.0"}),
        ({"mode": "cool"}, {"mode": "4", "stemp": "10.0"}, {"mode": "3", "stemp": "24.0"}),
    ],
)
def test_all_words_are_sent_and_those_not_asked_for_as_they_stand(
    asked: dict[str, Any], changes: dict[str, str], sent: dict[str, str]
) -> None:
    shown = COOLING | changes
    words = whole(KIND.order(asked, shown), KIND.modes)
    assert words.keys() == {"pow", "mode", "stemp", "shum", "f_rate", "f_dir"}
    assert sent.items() <= words.items()


@pytest.mark.parametrize(("mode", "low", "high"), [("auto", 18, 31), ("cool", 18, 33), ("heat", 10, 31)])
def test_each_mode_has_its_range(mode: str, low: float, high: float) -> None:
    for degrees in (low, high):
        assert whole(KIND.order({"mode": mode, "targetTemperature": degrees}, COOLING), KIND.modes)["stemp"] == f"{degrees:.1f}"
    for degrees in {low - 0.5, high + 0.5} - {9.5, 33.5}:
        with pytest.raises(SchemaViolation, match=f"{low} to {high}"):
            whole(KIND.order({"mode": mode, "targetTemperature": degrees}, COOLING), KIND.modes)


def test_a_temperature_that_does_not_fit_the_state_is_refused_with_the_reason() -> None:
    with pytest.raises(StateConflict, match="has no temperature"):
        whole(KIND.order({"targetTemperature": 20}, COOLING | {"mode": "2", "stemp": "M"}), KIND.modes)
    with pytest.raises(StateConflict, match="set one together"):
        whole(KIND.order({"mode": "heat"}, COOLING | {"mode": "2", "stemp": "M", "dt4": "M"}), KIND.modes)
    with pytest.raises(DeviceFailure, match="shum"):
        whole(KIND.order({"power": True}, {name: value for name, value in COOLING.items() if name != "shum"}), KIND.modes)


def test_features_and_words_follow_from_what_the_unit_shows() -> None:
    shown = COOLING | ABLE | {"htemp": "25.0", "otemp": "30.0"}
    able = describe(KIND, "D0C5D3042E82", ABLE | {"model": "10F5", "ver": "1_14_88"}, shown, KIND.read(shown).keys())
    assert able.features == ("HEAT", "AUTO", "SWV", "ECO", "OUT")
    assert able.narrowing == {"targetTemperature": {"minimum": 18, "maximum": 31}}
    assert able.identity == {"maker": "Daikin", "model": "10F5", "sw": "1.14.88"}
    plain = {name: value for name, value in COOLING.items() if name not in {"f_dir", "adv"}}
    bare = describe(KIND, "D0C5D3042E82", {"model": "NOTSUPPORT"}, plain, KIND.read(plain).keys())
    assert bare.features == ("HEAT", "AUTO")
    assert bare.narrowing["fanMode"] == {"enum": ["auto", "quiet", "low", "medium", "high"]}
    assert bare.identity == {"maker": "Daikin"}
    assert bare.id == able.id


def test_mistakes_in_the_data_name_the_file(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    for before, after in (("{flag: pow}", "{flog: pow}"), ("number: stemp", "number: [stemp]"), ("modes:", "moods:"), ("infer:", "infer")):
        file = tmp_path / f"{len(after)}.yaml"
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
        with pytest.raises(ConfigurationInvalid, match=file.name):
            kind_of(file)


@pytest.mark.parametrize(
    ("spec", "before", "raw", "after"), [({"word": "f_dir", "bit": 1}, "1", 1, "3"), ({"word": "f_dir", "bit": 1}, "x", 0, "0")]
)
def test_a_bit_leaves_the_others(spec: dict[str, Any], before: str, raw: int, after: str) -> None:
    order = KIND.order({}, {"f_dir": before})
    where = place(spec)
    assert where.fits(raw)
    assert not where.fits(2)
    where.put(order, raw)
    assert order.words == {"f_dir": after}
