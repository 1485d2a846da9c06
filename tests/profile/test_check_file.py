"""`check_file`: every mistake is found on its line, and the message says what to do."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from gateway.profile.check import check_file
from gateway.profile.findings import Severity
from gateway.profile.library import PROFILES
from gateway.profile.resolver import read_yaml


def spoiled(folder: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """Write the file with `old` replaced once; return it and the line of the first character that differs."""
    text = (PROFILES / name).read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r} to spoil"
    path = folder / Path(name).name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


AC, PLUG, BOX, FRIDGE, LIGHT = (f"{kind}-1.yaml" for kind in ("air-conditioner", "plug", "set-top-box", "refrigerator", "light"))

# (file, what stands there, what is put instead, lines below the first changed one, words of the message)
MISTAKES: list[tuple[str, str, str, int, str]] = [
    (AC, "    unit: Cel\n    minimum: 16", "    unit: Celsius\n    minimum: 16", 0, "no SenML unit"),
    (
        AC,
        "minimum: 16\n    maximum: 32\n    multipleOf: 0.5",
        "minimum: 16.25\n    maximum: 32\n    multipleOf: 0.5",
        0,
        "not a multiple of 0.5",
    ),
    (AC, "multipleOf: 0.5", "multipleOf: 0.1", 0, "not exact in binary"),
    (AC, "multipleOf: 0.5", "multipleOf: 0", 0, "more than 0"),
    (AC, "minimum: -40\n    maximum: 85", "minimum: 90\n    maximum: 85", 0, "above maximum"),
    (AC, "titles: {en: Economy, zh-Hans: 节能}, aff", "titles: {en: Economy}, aff", 0, "no zh-Hans text"),
    (AC, "titles: {en: Operating mode, zh-Hans: 运行模式}", "titles: {en: Operating, mode, zh-Hans: 运行模式}", 0, "quotes"),
    (AC, "[/properties/eco]", "[/properties/ecology]", 0, "no affordance"),
    (AC, "enum: {mode: [heat]}", "enum: {mode: [warm]}", 0, "not in the enum of mode"),
    (AC, "requires: [HEAT]", "requires: [HEATING]", 0, "no other feature"),
    (AC, "    type: guardRange", "    type: guardRanges", 0, "the set is closed"),
    (AC, "id: ac-temp-writable", "id: ac-heat-range", 0, "is taken"),
    (AC, "when: {mode: [heat]}\n", "when: {mode: [heating]}\n", 0, "never occurs"),
    (AC, "    minimum: 16\n    maximum: 30", "    minimum: 16\n    maximum: 32", -6, "can never fail"),
    (AC, "then: {mode: [heat]}", "then: {moed: [heat]}", 0, "no property"),
    (AC, "else: state-conflict", "else: conflict", 0, "neither delayed nor an error code"),
    (AC, "    seconds: 180", "    seconds: -1", 0, "above 0"),
    (AC, "hl:latency: PT2S", "hl:latency: 2s", 0, "no duration"),
    (AC, "minInterval: PT5S, maxInterval: PT5M", "minInterval: PT1H, maxInterval: PT5M", 0, "longer than maxInterval"),
    (AC, "hl:maxDuration: PT60M", "hl:maxDuration: 60 minutes", 0, "no duration"),
    (AC, "enum: {auto: 1, cool: 3", "enum: {auto: 1, cold: 3", 0, "not one of the values"),
    (AC, "mixin-energy-1.yaml#/properties/powerDraw", "mixin-energy-1.yaml#/properties/power", 0, "correct the pointer"),
    (AC, "mixin-energy-1.yaml#/properties/powerDraw", "mixin-power.yaml#/properties/powerDraw", 0, "refers to"),
    (AC, 'enum: ["off", "on"]\n    observable', "enum: [off, 1]\n    observable", 0, "quotes"),
    (AC, "hl:class: appliance", "hl:class: machine", 0, "must be one of"),
    (AC, "hl:maturity: stable", "hl:maturity: done", 0, "draft"),
    (AC, "hl:kind: air-conditioner", "hl:kind: airconditioner", 0, "call the file"),
    (AC, "version: {model: 1.0.0}", "version: {model: 2.0.0}", 0, "does not agree with the file name"),
    (AC, "version: {model: 1.0.0}", "version: {model: 1.0}", 0, "must be a version"),
    (AC, "  operatingState:\n", "  operating_state:\n", 0, "camelCase"),
    (AC, "  mode:\n    title: Operating mode", "  power:\n    title: Operating mode", 0, "stands there twice"),
    (AC, "    type: string\n    enum: [auto, cool", "    type: text\n    enum: [auto, cool", 0, "is no type"),
    (AC, "    synchronous: false\n", "", -3, "synchronous"),
    (AC, "required: [result]", "required: [results]", 0, "not among the properties"),
    (PLUG, "hl:danger: 1", "hl:danger: 4", 0, "0, 1, 2"),
    (PLUG, "    unless: {feedsKind: [refrigerator", "    unless: {feedsKind: [fridge", 0, "never occurs"),
    (PLUG, "    unit: W\n    minimum: 100\n    maximum: 4000", "    unit: W\n    maximum: 4000", -4, "has no minimum"),
    (PLUG, "titles: {en: Feeds, zh-Hans: 所带电器}", "titles: {en: Feeds, zh-Hans: 所带电器", 1, "not YAML"),
    (FRIDGE, '    op: ">="', '    op: "=>"', 0, "must be one of"),
    (FRIDGE, '    op: ">="\n    b: freezerTarget', '    op: ">="\n    b: freezerTarget\n    c: -60', -5, "can never fail"),
    (FRIDGE, "    a: variableZoneTarget", "    a: doors", 0, "no number"),
    (BOX, "    property: volume", "    property: reception", 0, "only read"),
    (BOX, "    action: playPause", "    action: playStop", 0, "no action"),
    (
        LIGHT,
        "observable: true\n    hl:map:\n      ha: {platform: number, device_class: duration, category: config}",
        "hl:map:",
        0,
        "has no value",
    ),
    ("reference/faults-1.yaml", "    severity: critical", "    severity: deadly", 0, "must be one of"),
    ("reference/faults-1.yaml", "  MAINS.OVERLOAD:", "  POWER.OVERLOAD:", 0, "start with a family"),
    ("reference/faults-1.yaml", "    remedy: user\n    latched: true", "    remedy: user\n    latched: false", 1, "always latched"),
    ("mixin-doors-1.yaml", "required: [id, open]", "required: [id, shut]", 0, "not among the properties"),
]


@pytest.mark.parametrize(("name", "old", "new", "below", "words"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_is_found_on_its_line(tmp_path: Path, name: str, old: str, new: str, below: int, words: str) -> None:
    path, line = spoiled(tmp_path, name, old, new)
    findings = check_file(path)
    found = [finding for finding in findings if words in finding.message]
    assert found, findings
    assert found[0].path == path
    assert line + below in [finding.line for finding in found], found


def test_hints_are_warnings_and_mistakes_are_errors(tmp_path: Path) -> None:
    path, _ = spoiled(tmp_path, AC, "hl:resolution: 0.1", "multipleOf: 0.5")
    assert [(finding.severity, finding.pointer) for finding in check_file(path)] == [
        (Severity.WARNING, "/properties/roomTemperature/multipleOf")
    ]
    path, _ = spoiled(tmp_path, AC, "    hl:latency: PT2S\n", "    hl:laziness: PT2S\n")
    assert [(finding.severity, finding.pointer) for finding in check_file(path)] == [(Severity.WARNING, "/properties/mode/hl:laziness")]


def test_a_mistake_in_a_mixin_is_told_where_it_is_used(tmp_path: Path) -> None:
    spoiled(tmp_path, "mixin-energy-1.yaml", "unit: kWh", "unit: kwh")
    path = tmp_path / LIGHT
    path.write_bytes((PROFILES / LIGHT).read_bytes())
    line = path.read_text().splitlines().index('  energyTotal: {"tm:ref": "./mixin-energy-1.yaml#/properties/energyTotal"}') + 1
    assert [(finding.line, finding.pointer) for finding in check_file(path)] == [(line, "/properties/energyTotal/unit")]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"just text", b"\xff\xfe\x00", b"a: [", b"a: 1\na: 2", b"a: &x [*x]", b"!!python/object:os.system {}", b"\t- x"]
)
def test_what_is_no_profile_at_all_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd-1.yaml"
    path.write_bytes(content)
    assert any(finding.severity is Severity.ERROR for finding in check_file(path))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "cannot be read" in check_file(tmp_path / "none-1.yaml")[0].message


JUNK: list[Any] = [
    None,
    True,
    5,
    -0.1,
    "text",
    "",
    [],
    ["x"],
    [[]],
    [{}],
    {},
    {"x": 1},
    {"mode": "heat"},
    {"tm:ref": 5},
    {"type": "number"},
]
DOCUMENTS = {name: read_yaml(PROFILES / name) for name in (AC, PLUG, "reference/faults-1.yaml", "mixin-consumables-1.yaml")}


@pytest.mark.parametrize("seed", range(40))
def test_junk_anywhere_never_breaks_the_checker(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(DOCUMENTS))
    document = copy.deepcopy(DOCUMENTS[name])
    replace_somewhere(document, chance.choice(JUNK), chance)
    path = tmp_path / Path(name).name
    path.write_text(json.dumps(document), encoding="utf-8")
    assert isinstance(check_file(path), list)


def replace_somewhere(node: Any, junk: Any, chance: random.Random) -> None:
    """Walk down at random and put junk where the walk ends."""
    while True:
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.8:
            node = node[key]
            continue
        node[key] = junk
        return
