"""What a vendor copies is right: it reads the standard as everybody does, needs nothing of ours, and says the same in both languages."""

import ast
import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.profile.library import Library
from tests.kit.vendor import KIT, PROFILES, model, part_of_kit

OURS = {"gateway", "firmware_sim", "tests"}
GUIDES = ("README.md", "README.zh-CN.md")


def test_the_kit_imports_nothing_of_ours() -> None:
    files = list(KIT.rglob("*.py"))
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert OURS.isdisjoint(name.split(".")[0] for name in names), file


def test_the_code_of_the_standard_is_all_that_is_read_of_the_profiles() -> None:
    names = {file.name for file in KIT.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert not {name for name in names if name.endswith("-1.yaml")}, "a profile in the kit would be taken for a kind"


@pytest.mark.parametrize("kind", ["plug", "light"])
def test_a_third_reader_makes_the_same_hash(kind: str) -> None:
    assert model(kind).hash == Library().model(kind).hash


def test_the_description_in_the_light_is_what_the_kind_gives_today() -> None:
    part_of_kit("plug.model")
    spec = importlib.util.spec_from_file_location("describe", KIT / "c" / "describe.py")
    assert spec is not None
    assert spec.loader is not None
    describe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(describe)
    made = describe.template(model("light"))
    assert json.loads((KIT / "c" / "light.td.in").read_text()) == made, "run profiles/vendor-kit/c/describe.py again"


def vectors() -> Mapping[str, Any]:
    document: Mapping[str, Any] = YAML(typ="safe", pure=True).load(PROFILES / "vectors" / "plug-1.yaml")
    return document


VECTORS = vectors()


def cases(section: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS[section]]


def told(case: Mapping[str, Any]) -> Any:
    """Return a plug of the kit that shows what a vector says it showed before."""
    clock, memory = part_of_kit("plug.clock").Clock(), part_of_kit("plug.memory").Memory(None)
    facts = {"identifier": "kit-plug", "title": "plug", "clock": clock, "memory": memory, "profiles": PROFILES}
    features = tuple(VECTORS["devices"][case["device"]]["features"])
    appliance = part_of_kit("plug.appliance").Appliance(model("plug"), features, badge=part_of_kit("plug.badge").Badge(None, []), **facts)
    appliance._shown |= case.get("before", {})
    return appliance


@pytest.mark.parametrize("case", cases("writes"))
def test_writes_are_judged_as_the_vectors_say(case: Mapping[str, Any]) -> None:
    assert_refused(refusal_of(lambda: told(case).write(case["write"], confirmed=case.get("confirmed", False))), case)


@pytest.mark.parametrize("case", cases("actions"))
def test_actions_are_judged_as_the_vectors_say(case: Mapping[str, Any]) -> None:
    assert_refused(refusal_of(lambda: told(case).action(case["action"], case.get("input"))), {**case, "property": None})


def refusal_of(act: Any) -> Any:
    refusal = part_of_kit("plug.refusal").Refusal
    try:
        act()
    except refusal as error:
        return error
    return None


def assert_refused(refusal: Any, case: Mapping[str, Any]) -> None:
    assert (refusal is None) is (case["verdict"] == "taken"), refusal
    if refusal is not None:
        assert refusal.code == case["code"]
        assert case.get("property") in (None, refusal.property)
        if case["rule"].startswith("plug-"):
            assert refusal.constraint == case["rule"]


@pytest.mark.parametrize("case", cases("encodings"))
def test_bytes_mean_what_the_vectors_say(case: Mapping[str, Any]) -> None:
    payload = part_of_kit("plug.payload")
    for form, name in ((50, "json"), (60, "cbor")):
        text = case.get("bytes", case).get(name)
        if text is None:
            continue
        data = text.encode() if form == 50 else bytes.fromhex(text)
        if case.get("verdict") == "bad":
            assert refusal_of(lambda data=data, form=form: payload.decode(data, form)) is not None, name
        else:
            assert payload.decode(data, form) == case["value"]
            assert payload.decode(payload.encode(case["value"], form), form) == case["value"]


def test_both_guides_have_the_same_chapters_tables_and_code() -> None:
    english, chinese = ((KIT / name).read_text() for name in GUIDES)
    for pattern in (r"^#{1,3} (?:\d+\.)?", r"^```", r"^\|", r"^\d+\. "):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, chinese, re.MULTILINE)), pattern


@pytest.mark.parametrize("name", GUIDES)
def test_what_the_guide_points_to_is_there(name: str) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (KIT / name).read_text())
    assert len(links) > 10
    assert [link for link in links if not (KIT / link).exists()] == []


def test_every_file_of_the_kit_is_in_the_wheel() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert 'only-include = ["gateway", "firmware_sim", "profiles"]' in pyproject
