"""What the driver makes of a unit's capabilities: features and limits that the profile accepts, whatever the unit says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.midea.capabilities import Capabilities, decode_capabilities
from gateway.drivers.midea.description import describe
from gateway.drivers.midea.mapping import Mapping, mapping_of
from gateway.drivers.parts.inference import air_conditioner
from gateway.profile.library import Library
from gateway.thing.identifier import derived_identifier
from gateway.thing.value import Quality

LIBRARY = Library()
FOUND = mapping_of(0xAC)
assert FOUND is not None
AC: Mapping = FOUND
SHOWN = ("power", "mode", "targetTemperature", "roomTemperature", "outdoorTemperature", "roomHumidity")
NUMBERS = [0x0210, 0x0212, 0x0214, 0x0215, 0x0216, 0x0219, 0x021A, 0x021F, 0x0225]
REAL = bytes.fromhex("b50a12020101180001001402010115020101160201001a020101100201011f020100250207203c203c203c00400001000100")
"""What a unit of 2022 said, published with a bug report: no heating is missing, custom fan, whole degrees."""


def test_a_real_answer_is_read() -> None:
    told = decode_capabilities(REAL)
    assert told.more
    assert told.first(0x0214) == 1
    found = describe(AC, 7, {"model": "ABC", "serial_hash": "0123"}, told, SHOWN)
    assert found.features == ("HEAT", "AUTO", "SWV", "ECO", "PCT", "OUT", "SLP")
    assert found.narrowing["targetTemperature"] == {"maximum": 30, "multipleOf": 1}
    assert found.id == derived_identifier("ac", "midea", "7")
    assert found.identity == {"maker": "Midea", "model": "ABC", "serialHash": "0123"}


def test_a_unit_that_says_nothing_has_what_is_usual() -> None:
    found = describe(AC, 7, {}, Capabilities(), ("power",))
    assert found.features == ("HEAT", "AUTO", "SLP")
    assert found.narrowing["fanMode"] == {"enum": ["auto", "low", "medium", "high"]}
    assert found.narrowing["targetTemperature"] == {"maximum": 30}


def test_a_unit_that_cannot_cool_or_dry_offers_neither() -> None:
    found = describe(AC, 7, {}, Capabilities({0x0214: b"\x02"}), SHOWN)
    assert found.narrowing["mode"] == {"enum": ["auto", "heat", "fan"]}


@pytest.mark.parametrize("said", [b"", b"\x20", b"\x20\x3c\x20", bytes(7), b"\xff" * 7, b"\x40\x20" * 3 + b"\x01"])
def test_nonsense_limits_become_the_usual_ones(said: bytes) -> None:
    limits = describe(AC, 7, {}, Capabilities({0x0225: said}), SHOWN).narrowing.get("targetTemperature", {})
    assert 16 <= limits.get("minimum", 16) < limits.get("maximum", 32) <= 32


@given(
    st.dictionaries(st.sampled_from(NUMBERS), st.integers(0, 16).map(lambda value: bytes([value])) | st.binary(max_size=8)),
    st.sets(st.sampled_from(SHOWN)),
)
def test_whatever_a_unit_says_the_profile_accepts_what_is_made_of_it(entries: dict[int, bytes], shown: set[str]) -> None:
    description = describe(AC, 7, {}, Capabilities(entries), shown)
    instance = LIBRARY.model(description.kind, description.major).instance(description)
    assert set(AC.gives) & set(instance.properties) == {name for name, feature in AC.gives.items() if feature in description.features}


def known(**readings: Any) -> dict[str, Any]:
    return {"power": True, "mode": "cool", "roomTemperature": 27.0, "targetTemperature": 24.0} | readings


@pytest.mark.parametrize(
    ("readings", "doing", "quality"),
    [
        (known(power=False, _hertz=50), "off", Quality.GOOD),
        (known(mode="fan"), "fan", Quality.GOOD),
        (known(mode="heat", _defrosting=True, _hertz=50), "defrosting", Quality.GOOD),
        (known(_hertz=0), "idle", Quality.GOOD),
        (known(_hertz=50), "cooling", Quality.GOOD),
        (known(mode="heat", _hertz=50), "heating", Quality.GOOD),
        (known(mode="dry", _hertz=50), "dehumidifying", Quality.GOOD),
        (known(mode="auto", _hertz=50), "cooling", Quality.ASSUMED),
        (known(mode="auto", _hertz=50, roomTemperature=20.0), "heating", Quality.ASSUMED),
        (known(), "cooling", Quality.ASSUMED),
        (known(roomTemperature=24.2), "idle", Quality.ASSUMED),
        (known(mode="heat"), "idle", Quality.ASSUMED),
        (known(mode="heat", roomTemperature=20.0), "heating", Quality.ASSUMED),
        (known(mode="dry"), "dehumidifying", Quality.ASSUMED),
        (known(mode="auto", roomTemperature=20.0), "heating", Quality.ASSUMED),
        (known(roomTemperature=None), "idle", Quality.ASSUMED),
    ],
)
def test_what_it_does_follows_from_what_it_says(readings: dict[str, Any], doing: str, quality: Quality) -> None:
    assert air_conditioner(readings) == (doing, quality)


@pytest.mark.parametrize("readings", [{}, {"power": True}, {"mode": "cool"}])
def test_too_little_is_no_ground_for_a_guess(readings: dict[str, Any]) -> None:
    assert air_conditioner(readings) is None
