"""A composite kind: its parts are kinds of the standard, both readers keep the links, and mistakes are named."""

import shutil
from pathlib import Path

import pytest

from firmware_sim.profile import load as load_in_simulator
from gateway.profile.check import check_file
from gateway.profile.library import PROFILES, Library

STOVE = "integrated-stove-1.yaml"
HOB = '{rel: "tm:submodel", href: ./gas-hob-1.yaml, type: application/tm+json, instanceName: hob}'


def test_the_parts_of_the_integrated_stove_are_kinds_of_the_standard(library: Library) -> None:
    links = library.model("integrated-stove").document["links"]
    parts = {link["instanceName"]: link["href"] for link in links if link["rel"] == "tm:submodel"}
    assert parts == {"hood": "./range-hood-1.yaml", "hob": "./gas-hob-1.yaml", "steriliser": "./steriliser-1.yaml"}
    assert {href.removeprefix("./").removesuffix("-1.yaml") for href in parts.values()} <= set(library.kinds())


def test_both_readers_keep_the_parts_and_drop_the_parent(library: Library) -> None:
    ours, theirs = library.model("integrated-stove"), load_in_simulator("integrated-stove")
    assert ours.document["links"] == theirs.document["links"]
    assert {link["rel"] for link in ours.document["links"]} == {"tm:submodel"}
    assert ours.hash == theirs.hash


@pytest.mark.parametrize(
    ("new", "rule", "words"),
    [
        (HOB.replace("gas-hob", "wood-hob"), "part-dangling", "wood-hob-1.yaml"),
        (HOB.replace("gas-hob", "mixin-power"), "part-dangling", "no kind"),
        (HOB.replace("gas-hob", "appliance-base"), "part-dangling", "no kind"),
        (HOB.replace("./gas-hob-1.yaml", '"urn:hulian:tm:gas-hob:1.0.0"'), "part-dangling", "must name the profile of a kind"),
        (HOB.replace("gas-hob", "integrated-stove"), "part-cycle", "part itself"),
        (HOB.replace(", instanceName: hob", ""), "part-name", "needs instanceName"),
        (HOB.replace("instanceName: hob", "instanceName: Gas hob"), "part-name", "needs instanceName"),
        (HOB.replace("instanceName: hob", "instanceName: hood"), "part-name", "taken"),
    ],
)
def test_a_link_to_a_part_that_cannot_be_one_is_found_on_its_line(tmp_path: Path, new: str, rule: str, words: str) -> None:
    text = (PROFILES / STOVE).read_text(encoding="utf-8")
    assert HOB in text
    path = tmp_path / STOVE
    path.write_text(text.replace(HOB, new), encoding="utf-8")
    (finding,) = check_file(path)
    assert (finding.rule, finding.line) == (rule, text[: text.index(HOB)].count("\n") + 1)
    assert words in finding.message


def test_a_part_that_has_the_whole_as_its_part_is_found(tmp_path: Path) -> None:
    shutil.copy(PROFILES / STOVE, tmp_path / STOVE)
    hob = (PROFILES / "gas-hob-1.yaml").read_text(encoding="utf-8")
    parent = '{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}'
    whole = '{rel: "tm:submodel", href: ./integrated-stove-1.yaml, instanceName: stove}'
    assert parent in hob
    (tmp_path / "gas-hob-1.yaml").write_text(hob.replace(parent, f"{parent}, {whole}"), encoding="utf-8")
    assert [finding.rule for finding in check_file(tmp_path / STOVE)] == ["part-cycle"]
