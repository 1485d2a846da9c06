"""Whatever strangers claim: every feature lands exactly once, the description is accepted, and values come back as they were."""

import tracemalloc
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.drivers.parts.selfdescribed.carried import Naming, carried
from gateway.drivers.parts.selfdescribed.feature import Category, Claim, Feature
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.proof import lost
from gateway.drivers.parts.selfdescribed.soundness import sound
from gateway.drivers.parts.selfdescribed.vocabulary import vocabulary
from gateway.errors import SchemaViolation
from tests.drivers.kit import LIBRARY
from tests.drivers.selfdescribed.kit import claim, feature, instance, made, parts

EXAMPLES = 20
KNOWN = sorted(vocabulary().by_name)
TEXTS = st.one_of(
    st.sampled_from(["", "left", "l1", "°C", "%", "W", "ON", "off", "\u202e", "\u0000", "日本", "a" * 300]), st.text(max_size=8)
)
NUMBERS = st.one_of(
    st.none(), st.integers(-(10**20), 10**20), st.floats(), st.sampled_from([0, 1, 254, 0.5, 1e300, float("nan"), float("inf")])
)
GROUPS = st.sampled_from(["", "", "", "light", "switch", "climate", "cover", "fan", "lock", "siren", "valve", "button", "unheard"])
FEATURES = st.builds(
    Feature,
    key=st.text(min_size=1, max_size=6),
    name=st.one_of(st.sampled_from(KNOWN), TEXTS),
    group=GROUPS,
    instance=st.sampled_from(["", "0", "1"]),
    endpoint=st.sampled_from(["", "", "", "l1", "l2", "left"]),
    type=st.sampled_from(["boolean", "integer", "number", "string", "object", "array", "unheard"]),
    unit=st.one_of(st.sampled_from(["", "°C", "°F", "%", "W", "kWh", "V", "mV", "s", "min", "lx", "ppm", "mired", "m"]), TEXTS),
    minimum=NUMBERS,
    maximum=NUMBERS,
    step=NUMBERS,
    words=st.lists(
        st.one_of(st.sampled_from(["ON", "OFF", "off", "heat", "cool", "OPEN", "CLOSE", "STOP", "single", "low"]), TEXTS), max_size=5
    ).map(tuple),
    readable=st.booleans(),
    settable=st.booleans(),
    event=st.sampled_from([False, False, False, True]),
    device_class=st.sampled_from(["", "", "temperature", "humidity", "power", "door", "smoke", "unheard"]),
    title=TEXTS,
    category=st.sampled_from(list(Category)),
    schema=st.sampled_from(
        [{}, {"properties": {"mode": {"type": "string"}, "x": {"type": "number"}}}, {"items": {"type": "string"}}, {"properties": 3}]
    ),
)
CLAIMS = st.builds(Claim, vendor=st.just("toy"), title=TEXTS, features=st.lists(FEATURES, max_size=12).map(tuple))


@settings(max_examples=EXAMPLES, deadline=None)
@given(CLAIMS)
def test_every_feature_lands_exactly_once_and_the_description_is_accepted(claimed: Claim) -> None:
    drawn = portrait(claimed, LIBRARY)
    features = sound(claimed)
    told = Counter(key for part in drawn.parts for row in part.rows if row.told for key in row.keys)
    landed = Counter(key for part in drawn.parts for row in part.rows for key in set(row.keys))
    assert landed.keys() == {each.key for each in features}
    assert all(count == 1 for count in told.values())
    names = Counter((part.name, row.section, name) for part in drawn.parts for row in part.rows for name in row.names)
    assert all(count == 1 for count in names.values()), names.most_common(3)
    for device in parts(drawn):
        instance(device)


@settings(max_examples=EXAMPLES, deadline=None)
@given(CLAIMS)
def test_nothing_of_what_can_be_told_or_set_is_lost(claimed: Claim) -> None:
    drawn = portrait(claimed, LIBRARY)
    devices = [(instance(device), row) for device in parts(drawn) for row in device.rows]
    for each in sound(claimed):
        if each.type not in ("object", "array") and (each.readable or each.settable or each.event):
            rows = [(one, row) for one, row in devices if each.key in row.keys]
            assert lost(each, rows) == "", (each, rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    FEATURES,
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.integers())
    ),
)
def test_no_raw_value_makes_a_conversion_raise(claimed: Feature, raw: Any) -> None:
    drawn = portrait(claim(claimed), LIBRARY)
    for device in parts(drawn):
        values, _ = device.told({claimed.key}, {claimed.key: raw}, ())
        instance(device).faulty(values)
        device.happened({claimed.key: raw})


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (5, 1, 1),
        (float("nan"), 1, 1),
        (0, float("inf"), 1),
        (0, 1e300, 1),
        (0, 10**400, 1),
        (0, 100, 0),
        (0, 100, -1),
        ("a", "b", "c"),
        (True, False, True),
    ],
)
def test_an_impossible_range_counts_as_not_said(low: Any, high: Any, step: Any) -> None:
    drawn = made(feature("switch/state", access="rw"), feature("odd", "number", access="rw", minimum=low, maximum=high, step=step))
    schema = drawn.parts[0].additions["properties"]["x-toy-odd"]
    assert schema.get("minimum", 0) <= schema.get("maximum", 1e15)
    (said,) = sound(claim(feature("odd", "number", minimum=low, maximum=high, step=step)))
    assert said.step is None or said.step > 0
    instance(parts(drawn)[0])


def test_texts_of_a_megabyte_are_cut() -> None:
    long = "x" * 1_000_000
    drawn = made(
        Feature(key=long, name=long, group=long, endpoint=long, unit=long, title=long, words=(long,), type=long, device_class=long),
        title=long,
    )
    (name,) = drawn.parts[0].additions["properties"]
    assert len(name) < 64
    assert len(drawn.parts[0].additions["properties"][name]["title"]) <= 256


def test_duplicated_names_get_names_of_their_own() -> None:
    drawn = made(*(feature("odd", "number", key=f"k{index}") for index in range(30)))
    assert len(drawn.parts[0].additions["properties"]) == 30
    instance(parts(drawn)[0])


def test_thousands_of_features_are_taken_and_more_are_refused_with_a_reason() -> None:
    assert len(made(*(feature(f"f{index}", "number") for index in range(4000))).parts) == 16
    with pytest.raises(SchemaViolation, match="at most 4096"):
        made(*(feature(f"f{index}", "number") for index in range(5000)))


def test_a_hundred_endpoints_are_one_device() -> None:
    drawn = made(*(feature("switch/state", access="rw", key=f"s{index}", endpoint=f"e{index}") for index in range(100)))
    assert drawn.parts[0].name == ""
    assert sum(len(part.rows) for part in drawn.parts) == 100


@pytest.mark.parametrize("vendor", ["", "Z2M", "a-b", "x" * 33, "ü"])
def test_a_vendor_that_cannot_stand_in_a_name_is_refused(vendor: str) -> None:
    with pytest.raises(SchemaViolation, match="vendor"):
        portrait(Claim(vendor=vendor, features=(feature("odd"),)), LIBRARY)


@pytest.mark.parametrize("words", [("",), ("a\nb",), (3,), (None,), ("x" * 5000,), tuple(str(index) for index in range(5000))])
def test_words_that_are_none_are_left_out(words: tuple[Any, ...]) -> None:
    drawn = made(feature("switch/state", access="rw"), feature("odd", "string", access="rw", words=words))
    assert "enum" not in drawn.parts[0].additions["properties"]["x-toy-odd"]


def test_a_deep_object_is_cut_where_the_standard_cuts_it() -> None:
    schema: dict[str, Any] = {"type": "number"}
    for _ in range(100):
        schema = {"type": "object", "properties": {"a": schema}}
    instance(parts(made(feature("odd", "object", schema=schema)))[0])


def test_devices_of_their_own_take_half_of_25_kib_each() -> None:
    claims = [
        Claim(
            vendor="toy",
            title=f"Device {index}",
            features=(
                feature("switch/state", access="rw", key=f"toy/{index}/state"),
                feature("power", "number", "W", key=f"toy/{index}/power"),
                feature("energy", "number", "kWh", key=f"toy/{index}/energy"),
                feature("voltage", "number", "V", key=f"toy/{index}/voltage"),
                feature("current", "number", "A", key=f"toy/{index}/current"),
                feature("child_lock", access="rw", key=f"toy/{index}/lock"),
                feature("countdown", "number", "s", "rw", key=f"toy/{index}/countdown", minimum=0, maximum=43200),
                feature("odd", "string", access="rw", key=f"toy/{index}/odd", words=("a", "b")),
            ),
        )
        for index in range(300)
    ]
    portrait(claims[0], LIBRARY)
    tracemalloc.start()
    try:
        kept = [
            carried(portrait(each, LIBRARY), Naming(driver="toy", key=str(index), prefix="toy"), LIBRARY)
            for index, each in enumerate(claims)
        ]
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(kept) == 300
    assert size / 300 < 12 * 1024, f"{size / 300:.0f} bytes a device"
