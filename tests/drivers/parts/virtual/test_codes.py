"""What codes can say of an appliance: whole states, keys that set, turn over or dial, and what was learned."""

from typing import Any

import pytest

from firmware_sim.air import Burst as Light
from firmware_sim.infrared.code_sets import CODE_SETS
from firmware_sim.infrared.handhelds import HANDHELDS
from gateway.drivers.broadlink import DRIVER
from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.codes import Codes, Order
from gateway.drivers.parts.virtual.encoding import ENCODINGS, Key
from gateway.drivers.parts.virtual.library import LEARNED, Recognised, codes_of, kinds, names, recognised, sheet
from gateway.drivers.parts.virtual.states import StateCodes
from gateway.errors import ReadOnly, SchemaViolation, StateConflict, Unknown
from gateway.thing.description import Description
from tests.drivers.kit import LIBRARY

START: dict[str, Any] = {
    "power": True,
    "mode": "cool",
    "targetTemperature": 26,
    "fanMode": "auto",
    "verticalSwing": False,
    "sleepMode": "off",
}


def codes(name: str, kind: str, **own: Burst) -> Codes:
    return codes_of(name, kind, {key.replace("_", "-"): burst for key, burst in own.items()}, LIBRARY)


def order(of: Codes, known: dict[str, Any] | None = None, true: tuple[str, ...] = (), **asked: Any) -> Order:
    return of.order(asked, known or {}, true, turn=False)


def light(burst: Burst) -> Light:
    return Light(burst.pulses, burst.carrier)


def burst_of(number: int) -> Burst:
    return Burst((500 + number, 500), 38_000)


def test_each_code_set_fits_its_kind_and_the_driver_names_the_kinds() -> None:
    assert set(DRIVER.kinds) == {"ir-remote", *kinds()}
    for name in names():
        data = sheet(name)
        found = codes_of(name, data["kind"], {}, LIBRARY)
        described = Description(id="x-1", kind=data["kind"], features=found.features, narrowing=found.narrowing(()))
        assert LIBRARY.model(data["kind"], 1).instance(described)
        assert all(brand["likelihood"] <= 1 for brand in data["brands"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("mode", mode) for mode in ("auto", "cool", "dry", "fan", "heat")],
        *[("targetTemperature", degrees) for degrees in range(16, 31)],
        *[("fanMode", speed) for speed in ("auto", "low", "medium", "high", "turbo")],
        *[("verticalSwing", on) for on in (True, False)],
        *[("sleepMode", word) for word in ("off", "on")],
        *[("power", on) for on in (True, False)],
    ],
)
def test_a_frame_says_all_of_it_and_the_simulator_s_own_reading_agrees(name: str, value: Any) -> None:
    (burst,) = order(codes("climate-8", "air-conditioner"), START, **{name: value}).bursts
    theirs = CODE_SETS["air-conditioner"].decode(light(burst))
    assert theirs is not None
    assert {**START, **theirs} == {**START, name: value}
    assert CODE_SETS["air-conditioner"].encode({**START, name: value}).pulses == burst.pulses


def test_before_anything_was_sent_power_has_to_be_asked_for_too() -> None:
    climate = codes("climate-8", "air-conditioner")
    with pytest.raises(StateConflict, match="set power first"):
        order(climate, targetTemperature=22)
    assert order(climate, targetTemperature=22, power=True).shows == {**START, "targetTemperature": 22}
    assert order(climate, {"power": True, "mode": "heat"}, targetTemperature=22).shows["mode"] == "heat"


def test_what_excludes_another_ends_it_in_the_same_frame() -> None:
    climate = codes("climate-8", "air-conditioner")
    assert order(climate, {**START, "sleepMode": "on"}, fanMode="turbo").shows["sleepMode"] == "off"
    assert order(climate, {**START, "fanMode": "turbo"}, sleepMode="on").shows["fanMode"] == "auto"
    assert order(climate, {**START, "sleepMode": "on"}, fanMode="low").shows["sleepMode"] == "on"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("targetTemperature", value) for value in (15, 31, 22.5, True, "22")],
        *[("power", value) for value in (1, "on", None)],
        ("mode", "eco"),
        ("eco", True),
        ("verticalSwing", None),
    ],
)
def test_what_a_frame_cannot_say_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SchemaViolation):
        order(codes("climate-8", "air-conditioner"), START, **{name: value})


def test_damaged_frames_say_nothing_and_unknown_bits_of_a_real_remote_are_kept() -> None:
    found = codes("climate-8", "air-conditioner")
    assert isinstance(found, StateCodes)
    burst = found.burst(START)
    assert found.heard(burst) == START
    flipped = list(burst.pulses)
    flipped[3] = 540 if flipped[3] > 1000 else 1640
    assert found.heard(Burst(tuple(flipped))) is None, "the check fails"
    for cut in (burst.pulses[:-1], burst.pulses[2:], burst.pulses[:70]):
        assert found.heard(Burst(cut)) is None
    for byte in (5, 6):  # nothing stands there that we know, and the check counts it all the same
        spoiled = list(burst.pulses)
        spoiled[2 + 2 * 35 + 2 + 2 * (8 * (byte - 4) + 6) + 1] = 1640
        assert found.heard(Burst(tuple(spoiled))) is None, byte
    timer = list(burst.pulses)
    timer[2 + 2 * 12 + 1] = 1640  # a bit of the second byte's upper half: the remote's clock, which nobody here knows
    assert found.clean(Burst(tuple(pulse + 20 for pulse in timer))) == Burst(tuple(timer), 38_000)


def test_a_television_s_keys_are_pressed_and_its_power_is_only_turned_over() -> None:
    tv = codes("nec-tv", "uhd-tv")
    narrowing = tv.narrowing(())
    assert {name for name, terms in narrowing.items() if terms.get("readOnly")} == {"power", "mute", "volume", "input"}
    assert set(narrowing["sendKey/key"]["enum"]) == set(HANDHELDS["uhd-tv"].keys)
    with pytest.raises(ReadOnly, match="turns it over, and nothing tells how it is now"):
        order(tv, {"power": True}, power=True)
    pressed = tv.press("power", {}, turn=False)
    assert HANDHELDS["uhd-tv"].decode(light(pressed.bursts[0])) == "power"
    assert (dict(pressed.shows), pressed.repeatable) == ({}, False), "of what was not known nothing is known now"
    assert dict(tv.press("power", {"power": True}, turn=False).shows) == {"power": False}
    with pytest.raises(SchemaViolation, match="the key red"):
        tv.press("red", {}, turn=False)


def test_once_it_is_truly_known_how_it_stands_one_press_or_none_makes_it_so() -> None:
    tv = codes("nec-tv", "uhd-tv")
    assert "power" not in tv.narrowing(("power",))
    on = order(tv, {"power": True}, ("power",), power=True)
    assert (on.bursts, dict(on.shows)) == ((), {"power": True})
    off = order(tv, {"power": True}, ("power",), power=False)
    assert HANDHELDS["uhd-tv"].decode(light(off.bursts[0])) == "power"
    assert not off.repeatable


def test_a_box_is_dialled_digit_by_digit_each_a_press_of_its_own() -> None:
    box = codes("rc5-box", "set-top-box")
    dialled = order(box, channel=115)
    assert [HANDHELDS["set-top-box"].decode(light(burst)) for burst in dialled.bursts] == ["1", "1", "5"]
    assert dialled.bursts[0] != dialled.bursts[1], "two presses, not a held key"
    assert (dict(dialled.shows), dialled.repeatable) == ({"channel": 115}, False)
    assert box.press("channel-up", {"channel": 5}, turn=False).forgets == {"channel"}
    assert box.press("7", {"channel": 5}, turn=False).forgets == {"channel"}
    for value in (-1, True, 1.5, "5"):
        with pytest.raises(SchemaViolation):
            order(box, channel=value)


def test_a_fan_has_keys_for_on_and_off_and_the_rest_is_out_of_reach() -> None:
    fan = codes("sirc-fan", "fan")
    for value, key in ((True, "on"), (False, "off")):
        made = order(fan, power=value)
        assert HANDHELDS["fan"].decode(light(made.bursts[0])) == key
        assert made.repeatable
    assert {name for name, terms in fan.narrowing(()).items() if terms.get("readOnly")} == {"fanPercent", "swing"}
    with pytest.raises(SchemaViolation):
        order(fan, power="on")
    with pytest.raises(SchemaViolation):
        order(fan, mode="sleep")


def test_keys_that_were_learned_do_what_they_are_called() -> None:
    nothing = codes(LEARNED, "uhd-tv")
    assert nothing.narrowing(())["power"]["hl:reason"] == "there is no code for it"
    some = codes(LEARNED, "uhd-tv", on=burst_of(1), off=burst_of(2), mute=burst_of(3))
    assert "power" not in some.narrowing(())
    assert some.narrowing(())["sendKey/key"] == {"enum": ["mute"]}
    assert order(some, power=False).bursts == (burst_of(2),)
    assert some.press("mute", {}, turn=True).bursts == (burst_of(3),)
    rc5 = codes(LEARNED, "set-top-box", power=ENCODINGS["rc5"].write(Key(10, 12), False))
    one, other = (rc5.press("power", {}, turn=turn).bursts[0] for turn in (False, True))
    assert one != other, "each press differs from the last, or the box takes it for a held key"
    added = codes("nec-tv", "uhd-tv", on=burst_of(1), off=burst_of(2))
    assert order(added, power=True).bursts == (burst_of(1),), "a known remote may learn what it lacks"


def test_states_that_were_learned_are_all_there_is() -> None:
    own = {
        "off": burst_of(0),
        "cool_26": burst_of(1),
        "cool_24": burst_of(2),
        "dry": burst_of(3),
        "heat_20": burst_of(4),
        "junk": burst_of(5),
    }
    made = codes(LEARNED, "air-conditioner", **own)
    assert made.features == ("HEAT",)
    narrowing = made.narrowing(())
    assert narrowing["mode"] == {"enum": ["cool", "dry", "heat"]}
    assert narrowing["targetTemperature"] == {"minimum": 20, "maximum": 26, "multipleOf": 1}
    assert narrowing["fanMode"]["readOnly"]
    on = {"power": True, "mode": "cool", "targetTemperature": 26}
    assert order(made, on, targetTemperature=24).bursts == (burst_of(2),)
    assert order(made, on, mode="dry").shows == {"power": True, "mode": "dry"}
    assert order(made, on, power=False).shows == {**on, "power": False}
    assert order(made, {}, power=True).shows == {"power": True, "mode": "cool", "targetTemperature": 26}
    for asked in ({"targetTemperature": 25}, {"mode": "heat"}, {"mode": "fan"}, {"fanMode": "low"}):
        with pytest.raises(SchemaViolation):
            order(made, on, **asked)
    with pytest.raises(StateConflict):
        order(made, targetTemperature=24)
    bare = codes(LEARNED, "air-conditioner")
    assert {"power", "mode", "targetTemperature", "fanMode"} <= {name for name, terms in bare.narrowing(()).items() if terms["readOnly"]}


def test_a_kind_or_a_code_set_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(Unknown, match="climate-8"):
        codes("gree-2000", "air-conditioner")
    with pytest.raises(SchemaViolation, match="not for a fan"):
        codes("climate-8", "fan")
    with pytest.raises(SchemaViolation, match="cannot be behind a remote"):
        codes(LEARNED, "refrigerator")


def test_a_heard_key_tells_whose_it_is() -> None:
    for kind, encoding, brand in (
        ("uhd-tv", "nec", "TV"),
        ("set-top-box", "rc5", "Box"),
        ("fan", "sirc-12", "Fan"),
    ):
        heard = HANDHELDS[kind].press("power")
        found = recognised(Burst(heard.pulses, heard.carrier))
        (candidate,) = found.candidates
        assert (found.protocol, candidate["brand"], candidate["kind"]) == (encoding, f"Hulian Sim {brand}", kind)
    state = CODE_SETS["air-conditioner"].encode(START)
    found = recognised(Burst(state.pulses, state.carrier))
    assert found.protocol == "climate-8"
    assert [each["likelihood"] for each in found.candidates] == [0.9, 0.3]
    other = ENCODINGS["nec"].write(Key(0x55, 1), False)
    assert recognised(other) == Recognised("nec", other, ()), "an encoding we know, and nobody we know"
