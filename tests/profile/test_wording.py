"""What is told of a kind in words, in both languages."""

import re
import string
from pathlib import Path

import pytest

import gateway.profile.wording as module
from gateway.profile.constraint_wording import constraint_text
from gateway.profile.library import Library
from gateway.profile.resolver import read_yaml
from gateway.profile.wording import LANGUAGES, Words

KINDS = Library().kinds()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PHRASES = read_yaml(Path(module.__file__).with_name("phrases.yaml"))


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_has_both_languages_and_the_same_gaps_in_both(name: str) -> None:
    gaps = [{gap for _, gap, _, _ in string.Formatter().parse(PHRASES[name][language]) if gap} for language in LANGUAGES]
    assert gaps[0] == gaps[1]
    assert PHRASES[name].keys() == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_told(kind: str, language: str, library: Library) -> None:
    model = library.model(kind)
    words = Words(model, language)
    for schema in model.document["properties"].values():
        assert words.values(schema)
        assert words.access(schema)
    for schema in model.document.get("actions", {}).values():
        assert (schema.get("synchronous") is False) <= bool(words.manner(schema))
    for entry in model.constraints:
        told = constraint_text(words, entry)
        assert "{" not in told
        assert bool(CHINESE.search(told)) == (language == "zh-Hans")


def test_a_constraint_is_a_sentence(library: Library) -> None:
    model = library.model("air-conditioner")
    rules = {entry["id"]: entry for entry in model.constraints}
    told = {language: {name: constraint_text(Words(model, language), rule) for name, rule in rules.items()} for language in LANGUAGES}
    assert (
        told["en"]["ac-heat-range"] == "While Operating mode is heat: Target temperature is 16 to 30 °C. The appliance puts the value back."
    )
    assert told["zh-Hans"]["ac-heat-range"].startswith("当运行模式为“heat”时")
    assert told["zh-Hans"]["ac-heat-range"].endswith("设定温度为 16 至 30 °C。由器具自行复位到允许值。")
    assert told["en"]["ac-temp-writable"].startswith("Target temperature can be set only while Operating mode is auto, cool or heat.")
    assert "for at least 3 min before it becomes cooling, heating or dehumidifying" in told["en"]["ac-restart"]
    assert "至少 3 分钟" in told["zh-Hans"]["ac-restart"]


def test_values_are_told_with_unit_step_and_what_is_open(library: Library) -> None:
    words = Words(library.model("air-conditioner"))
    properties = words.properties
    assert words.values(properties["targetTemperature"]) == "16 … 32 °C, step 0.5"
    assert words.values(properties["roomTemperature"]) == "-40 … 85 °C, resolution 0.1"
    assert words.values(properties["power"]) == "on | off"
    assert words.values({"type": "string", "enum": ["a", "b", "c", "d"], "hl:openEnum": True}, most=2) == "a | b | 2 more (or a new word)"
    assert words.values({"type": "array", "maxItems": 3, "items": {"type": "string", "format": "date"}}) == "list of at most 3: a day"
    assert words.values({}) == "anything"


def test_an_action_is_told_with_its_length_and_who_must_agree(library: Library) -> None:
    words = Words(library.model("air-conditioner"))
    actions = library.model("air-conditioner").document["actions"]
    assert words.manner(actions["selfClean"]).startswith(
        "long, at most 1 h, phases: frosting, melting, drying, sterilising, can be cancelled"
    )
    assert words.manner(actions["setComfort"]) == "all or nothing"
    assert words.manner({"synchronous": True, "hl:danger": 2}) == "a person confirms"
