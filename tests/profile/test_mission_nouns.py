"""Every appliance the mission names has a profile and a simulated appliance; what has none is the set difference, and it is empty.

The clauses stand here as data, quoted from the notices the mission rests on (Ministry of Commerce and others, 2022: green and smart
appliances; M03, M05 and M06 of the mission), each with the nouns found in it. What is left of a clause without its nouns must be words
that name no appliance, so that none is overlooked.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import pytest

from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.refusal import SetupMistake
from firmware_sim.schema import problem
from gateway.profile.library import Library

CLAUSES: Sequence[tuple[str, str, tuple[str, ...]]] = (
    (
        "M03",
        "智能冰箱洗衣机空调、超高清电视、手机以及智慧厨卫、智能安防、智能办公、智慧康养",
        ("冰箱", "洗衣机", "空调", "超高清电视", "手机", "厨卫", "安防", "办公", "康养"),
    ),
    (
        "M03",
        "智能冰箱、洗衣机、空调、超高清电视、手机以及智慧厨卫、智能安防、智能办公、智慧康养",
        ("冰箱", "洗衣机", "空调", "超高清电视", "手机", "厨卫", "安防", "办公", "康养"),
    ),
    ("M03", "空调、超高清电视、手机以及厨卫、智能安防、智能办公、智慧康养", ("空调", "超高清电视", "手机", "厨卫", "安防", "办公", "康养")),
    ("M05", "燃气热水器、电热水器、微波炉、吸排油烟机", ("燃气热水器", "电热水器", "微波炉", "吸排油烟机")),
    ("M05", "性价比高、操作简便、质量优良的热水器、油烟机、微波炉", ("热水器", "油烟机", "微波炉")),
    (
        "M06",
        "优先选购2级及以上能效（水效）冰箱、洗衣机、空调、热水器、净水器、空气净化器",  # noqa: RUF001 - quoted
        ("冰箱", "洗衣机", "空调", "热水器", "净水器", "空气净化器"),
    ),
)
KINDS: Mapping[str, tuple[str, ...]] = {
    "冰箱": ("refrigerator",),
    "洗衣机": ("washing-machine",),
    "空调": ("air-conditioner",),
    "超高清电视": ("uhd-tv",),
    "手机": ("phone",),
    "厨卫": (
        "range-hood",
        "gas-hob",
        "induction-hob",
        "microwave",
        "oven",
        "dishwasher",
        "steriliser",
        "rice-cooker",
        "water-purifier",
        "electric-water-heater",
        "gas-water-heater",
        "integrated-stove",
    ),
    "安防": ("door-lock", "camera", "smoke-gas-alarm", "water-valve", "presence-sensor"),
    "办公": ("office-device",),
    "康养": ("elder-care", "presence-sensor"),
    "燃气热水器": ("gas-water-heater",),
    "电热水器": ("electric-water-heater",),
    "热水器": ("electric-water-heater", "gas-water-heater"),
    "微波炉": ("microwave",),
    "吸排油烟机": ("range-hood",),
    "油烟机": ("range-hood",),
    "净水器": ("water-purifier",),
    "空气净化器": ("air-purifier",),
}
NO_APPLIANCE = ("智能", "智慧", "以及", "性价比高", "操作简便", "质量优良的", "优先选购", "2级及以上", "能效", "水效")
"""Words of the clauses that name no appliance."""


def nouns() -> frozenset[str]:
    """Every noun the clauses name."""
    return frozenset(noun for _, _, found in CLAUSES for noun in found)


def served(kind: str, library: Library) -> bool:
    """Whether the standard has the kind, and a simulated appliance of it can be built, runs, and reports what its profile asks for."""
    if kind not in library.kinds():
        return False
    try:
        unit = make_appliance(kind, clock=SimulatorClock(wall=lambda: 1.8e9))
    except SetupMistake:
        return False
    unit.advance(60)
    shown = unit.values()
    return unit.kind == kind and bool(shown) and all(problem(unit.schema(name), value) is None for name, value in shown.items())


def difference(wanted: Iterable[str], kinds: Mapping[str, tuple[str, ...]], library: Library) -> dict[str, list[str]]:
    """Return the nouns that are not wholly served, each with the kinds that are missing (none named: nobody thought of it)."""
    missing = {noun: [kind for kind in kinds.get(noun, ()) if not served(kind, library)] for noun in sorted(wanted)}
    return {noun: lacking for noun, lacking in missing.items() if lacking or not kinds.get(noun)}


def test_every_appliance_the_mission_names_has_a_profile_and_a_simulated_one(library: Library) -> None:
    assert difference(nouns(), KINDS, library) == {}


@pytest.mark.parametrize(("clause", "found"), [(text, found) for _, text, found in CLAUSES])
def test_no_noun_of_a_clause_is_overlooked(clause: str, found: tuple[str, ...]) -> None:
    words = sorted({*found, *NO_APPLIANCE}, key=len, reverse=True)
    assert all(noun in clause for noun in found)
    rest = re.sub("|".join(words), "", clause)
    assert re.fullmatch(r"\W*", rest), rest


def test_what_is_missing_is_named(library: Library) -> None:
    wanted = {"冰箱", "飞行器", "洗碗机"}
    kinds = {"冰箱": ("refrigerator",), "飞行器": ("drone", "refrigerator")}
    assert difference(wanted, kinds, library) == {"飞行器": ["drone"], "洗碗机": []}
