"""Rules for every file of the standard: a new profile is tested by being there."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.models.table import deep_kinds
from firmware_sim.profile import load as load_in_simulator
from gateway.profile.check import check_file
from gateway.profile.features import SECTIONS, Feature
from gateway.profile.library import PROFILES, Library
from gateway.profile.model import Model
from gateway.profile.resolver import read_yaml
from gateway.profile.units import UNITS
from gateway.thing.description import Description

FILES = sorted(PROFILES.glob("*.yaml"))
KINDS = Library().kinds()
FOUND = re.compile(r"\./([a-z-]+-[0-9]+)\.yaml")


def legal_sets(model: Model) -> list[frozenset[str]]:
    """The empty set, every feature, every pair, all of them, each closed under `requires`; clashing ones left out."""
    names = sorted(model.features)
    seeds = [frozenset(), frozenset(names), *(frozenset(pair) for size in (1, 2) for pair in combinations(names, size))]
    closed = {closure(model.features, seed) for seed in seeds}
    return [chosen for chosen in closed if not any(model.features[name].excludes & chosen for name in chosen)]


def closure(features: Any, chosen: frozenset[str]) -> frozenset[str]:
    wider = chosen.union(*(features[name].requires for name in chosen))
    return chosen if wider == chosen else closure(features, wider)


def test_the_five_kinds_of_the_first_release_are_there() -> None:
    assert set(KINDS) >= {"air-conditioner", "refrigerator", "set-top-box", "plug", "light"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_checker_finds_nothing_in_a_file_of_the_standard(path: Path) -> None:
    assert check_file(path) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_resolves_without_anything_left_to_follow(kind: str, library: Library) -> None:
    text = json.dumps(library.model(kind).document)
    assert "tm:ref" not in text
    assert "tm:extends" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_two_independent_readings_of_a_kind_agree_to_the_last_byte(kind: str, library: Library) -> None:
    assert load_in_simulator(kind).hash == library.model(kind).hash


@pytest.mark.parametrize("kind", KINDS)
def test_every_legal_feature_set_exposes_exactly_the_mandatory_and_its_own(kind: str, library: Library) -> None:
    model = library.model(kind)
    optional = set().union(*(feature.affordances for feature in model.features.values()))
    every = {f"/{section}/{name}" for section in SECTIONS for name in model.document.get(section, {})}
    for chosen in legal_sets(model):
        instance = model.instance(Description(id="one", kind=kind, features=tuple(chosen)))
        switched_on = set().union(*(model.features[name].affordances for name in chosen))
        exposed = {f"/{section}/{name}" for section in SECTIONS for name in getattr(instance, section)}
        assert exposed == (every - optional) | switched_on, sorted(chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_a_values_of_a_feature_not_chosen_is_refused_and_of_a_chosen_one_accepted(kind: str, library: Library) -> None:
    model = library.model(kind)
    brought = [(feature, name, value) for feature in model.features.values() for name, values in feature.enums.items() for value in values]
    for feature, name, value in brought:
        chosen = closure(model.features, frozenset({feature.name}) | _owner(model.features, name))
        assert model.instance(Description(id="one", kind=kind, features=tuple(chosen))).faulty({name: value}) == {}
        without = model.instance(Description(id="one", kind=kind, features=tuple(chosen - {feature.name})))
        assert name in without.faulty({name: value})


def _owner(features: dict[str, Feature] | Any, name: str) -> frozenset[str]:
    return frozenset(feature.name for feature in features.values() if f"/properties/{name}" in feature.affordances)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_private_is_never_observed_and_the_base_says_what_is_private(kind: str, library: Library) -> None:
    instance = library.model(kind).instance(Description(id="one", kind=kind))
    private = {name for name, each in instance.properties.items() if each.private}
    assert private >= {"identity", "life", "claims"}
    assert not any(instance.properties[name].schema.get("observable") for name in private)
    assert "safeUse" not in private
    assert "faults" not in private


@pytest.mark.parametrize("kind", KINDS)
def test_every_unit_is_registered_and_every_number_bounded(kind: str, library: Library) -> None:
    for name, schema in library.model(kind).document["properties"].items():
        assert schema.get("unit") is None or schema["unit"] in UNITS, name
        if schema.get("type") in ("number", "integer"):
            assert {"minimum", "maximum"} <= schema.keys(), name


STABLE = {
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


def test_twelve_kinds_are_stable_and_the_others_drafts(library: Library) -> None:
    assert {kind for kind in KINDS if library.model(kind).maturity == "stable"} == STABLE
    assert {library.model(kind).maturity for kind in KINDS} == {"stable", "draft"}


@pytest.mark.parametrize("kind", sorted(STABLE))
def test_a_stable_kind_has_physics_of_its_own_and_stands_on_nothing_less_stable(kind: str) -> None:
    assert kind in deep_kinds()
    used = {name for name in FOUND.findall((PROFILES / f"{kind}-1.yaml").read_text()) if name != f"{kind}-1"}
    assert "appliance-base-1" in used
    assert {read_yaml(PROFILES / f"{name}.yaml")["hl:maturity"] for name in used} == {"stable"}


def test_a_refrigerator_cannot_be_switched_off_from_afar(library: Library) -> None:
    model = library.model("refrigerator")
    assert "power" not in model.document["properties"]


def test_every_fault_of_the_catalogue_may_be_reported(library: Library) -> None:
    instance = library.model("plug").instance(Description(id="one", kind="plug"))
    for code, fault in library.faults().items():
        entry = {"code": code, "severity": fault["severity"], "since": "2026-07-02T04:11:09Z", "remedy": fault["remedy"]}
        assert instance.faulty({"faults": [entry]}) == {}, code
    assert "faults" in instance.faulty({"faults": [{"code": "WEATHER.BAD", "severity": "info", "since": "2026-07-02T04:11:09Z"}]})
