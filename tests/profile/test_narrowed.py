"""A model of a kind as a file: what it may say, and that nothing in it is wider than its kind."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import HulianError
from gateway.profile.check import check_file
from gateway.profile.library import PROFILES, Library
from gateway.profile.narrowed import description_of_model

GOOD: dict[str, Any] = {
    "title": "Acme KFR-35",
    "titles": {"en": "Acme KFR-35", "zh-Hans": "艾克美 KFR-35"},
    "model": {"of": "air-conditioner", "version": "1.0.0", "maker": "Acme", "names": ["KFR-35GW"]},
    "features": ["HEAT", "HUM", "AUX"],
    "narrowing": {
        "targetTemperature": {"minimum": 17, "maximum": 30, "multipleOf": 1},
        "fanMode": {"enum": ["auto", "low", "high"]},
        "setComfort/targetTemperature": {"minimum": 17, "maximum": 30, "multipleOf": 1},
    },
    "additions": {"properties": {"x-acme-boost": {"type": "boolean"}}},
}


def written(folder: Path, document: Any) -> Path:
    path = folder / "acme.yaml"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def changed(*keys: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    node = document
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    return document


def test_a_good_model_is_found_good_and_describes_its_devices(tmp_path: Path, library: Library) -> None:
    assert check_file(written(tmp_path, GOOD)) == []
    description = description_of_model(GOOD, library, device="ac-1")
    instance = library.model("air-conditioner").instance(description)
    assert instance.faulty({"targetTemperature": 17, "fanMode": "low", "x-acme-boost": True}) == {}
    assert instance.faulty({"targetTemperature": 16, "fanMode": "quiet"}).keys() == {"targetTemperature", "fanMode"}
    assert description.identity == {"maker": "Acme", "model": "KFR-35GW"}


@pytest.mark.parametrize(
    ("keys", "value", "rule", "words"),
    [
        (("narrowing", "targetTemperature", "maximum"), 33, "model-wider", "above the kind's 32"),
        (("narrowing", "targetTemperature", "minimum"), 15, "model-wider", "below the kind's 16"),
        (("narrowing", "targetTemperature", "multipleOf"), 0.25, "model-wider", "not a multiple of the kind's 0.5"),
        (("narrowing", "targetTemperature", "minimum"), 17.5, "model-wider", "not a multiple of 1"),
        (("narrowing", "targetTemperature", "unit"), "K", "model-wider", "cannot be changed"),
        (("narrowing", "targetTemperature", "minimum"), 31, "model-wider", "above maximum"),
        (("narrowing", "fanMode", "enum"), ["auto", "storm"], "model-wider", "storm"),
        (("narrowing", "setComfort/targetTemperature", "maximum"), 40, "model-wider", "above the kind's"),
        (("narrowing", "roomHumidity"), {"readOnly": False}, "model-wider", "cannot be taken back"),
        (("narrowing", "fanMode"), {"hl:reason": "one speed"}, "model-wider", "goes with readOnly"),
        (("narrowing", "fanMode"), {"readOnly": "yes"}, "model-wider", "true or false"),
        (("narrowing", "roomHumidity"), {"hl:resolution": 0.5}, "model-wider", "finer than the kind's 1"),
        (("narrowing", "eco"), {"enum": [True]}, "model-narrowing", "comes with ECO"),
        (("narrowing", "colour"), {}, "model-narrowing", "no property of air-conditioner"),
        (("features",), ["HEAT", "WARM"], "model-feature", "'WARM' is no feature"),
        (("features",), ["AUX", "HUM"], "model-feature", "needs HEAT"),
        (("model", "of"), "airconditioner", "model-kind", "no profile of kind"),
        (("model", "version"), "1.9.0", "model-version", "newer"),
        (("model", "version"), 1, "model-version", "must be"),
        (("model", "colour"), "white", "model-term", "means nothing"),
        (("properties",), {}, "model-term", "means nothing"),
        (("titles",), {"en": "Acme KFR-35"}, "text-language", "zh-Hans"),
        (("additions",), {"properties": {"boost": {"type": "boolean"}}}, "model-addition", "x-acme-boost"),
    ],
)
def test_a_mistake_in_a_model_is_refused_with_the_reason(tmp_path: Path, keys: tuple[str, ...], value: Any, rule: str, words: str) -> None:
    findings = check_file(written(tmp_path, changed(*keys, value=value)))
    assert [(finding.rule, words in finding.message) for finding in findings if finding.rule == rule] == [(rule, True)], findings


def test_all_mistakes_of_a_model_are_found_at_once(tmp_path: Path) -> None:
    document = changed("narrowing", "targetTemperature", "maximum", value=40)
    document["features"] = ["AUX", "WARM"]
    document["narrowing"]["fanMode"]["enum"] = ["storm"]
    document["titles"].pop("zh-Hans")
    found = {finding.rule for finding in check_file(written(tmp_path, document))}
    assert found == {"model-wider", "model-feature", "text-language"}


def test_a_kind_beside_the_model_comes_before_the_standard(tmp_path: Path) -> None:
    for path in PROFILES.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    kind = tmp_path / "air-conditioner-1.yaml"
    kind.write_text(kind.read_text(encoding="utf-8").replace("maximum: 32", "maximum: 28"), encoding="utf-8")
    assert [finding.rule for finding in check_file(written(tmp_path, GOOD))] == ["model-wider", "model-wider"]


JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.integers(-(10**20), 10**20), st.text(max_size=4), st.sampled_from(["HEAT", "fanMode"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=5,
)
PLACES = [("title",), ("model",), ("features",), ("narrowing",), ("additions",), *((("model", key)) for key in GOOD["model"])]
PLACES += [("narrowing", name) for name in GOOD["narrowing"]]
PLACES += [("narrowing", "targetTemperature", term) for term in ("minimum", "maximum", "multipleOf", "enum", "hl:resolution", "maxItems")]
PLACES += [("narrowing", "fanMode", "enum"), ("additions", "properties"), ("additions", "properties", "x-acme-boost")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), JUNK)
def test_junk_in_a_model_never_raises_and_what_is_found_good_describes_a_device(
    tmp_path: Path, library: Library, keys: tuple[str, ...], junk: Any
) -> None:
    document = changed(*keys, value=junk)
    findings = check_file(written(tmp_path, document))
    if findings:
        return
    try:
        description_of_model(json.loads(json.dumps(document)), library)
    except HulianError as error:
        pytest.fail(f"found good, but {error}")
