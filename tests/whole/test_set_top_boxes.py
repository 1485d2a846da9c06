"""The dated rules for set-top boxes (M09 to M12) through a running hub and its command line, on what boxes say over a wire."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.profile.reference import Reference
from tests.kit.box_table import EXPECTED, TABLE, told
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.home import block

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
SLOW = {"firstPicture": 5.5, "normalPicture": 35.5}
LIMITS = Reference().set_top_box_rules.limits


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    units = [{"id": row.name, "kind": "set-top-box", "wire": "native-mqtt", "made": dict(row.facts())} for row in TABLE]
    units += [{"id": "slow", "kind": "set-top-box", "wire": "native-mqtt", "made": SLOW}]
    units += [{"id": "brisk", "kind": "set-top-box", "wire": "native-coap"}]
    (path := folder / "home.yaml").write_text(json.dumps({"name": "boxes", "base-address": f"127.0.0.{block()}", "units": units}))
    running = start_demo(folder / "data", "--home", str(path))
    yield running
    assert stop(running.process) == 0


def hulian(demo: Demo, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway.cli.main", "--no-color", "--data", str(demo.data), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def answer(demo: Demo) -> "dict[str, object]":
    return dict(json.loads(hulian(demo, "stb", "--json").stdout))


def test_the_whole_dated_table_by_the_boxes_own_word(demo: Demo) -> None:
    eventually(lambda: all(len(box["facts"]) >= 4 for box in answer(demo)["boxes"]), "every box to have said what it is")  # type: ignore[attr-defined]
    found = answer(demo)
    verdicts = told(found["boxes"])  # type: ignore[arg-type]
    assert {name: verdicts[name] for name in EXPECTED} == EXPECTED
    assert found["violations"] == [box["device"] for box in found["boxes"] if box["verdict"] == "fails"]  # type: ignore[attr-defined]
    assert {each["device"] for each in found["replace"]} == {row.name for row in TABLE if row.replace}  # type: ignore[attr-defined]
    assert {fact["source"] for box in found["boxes"] for fact in box["facts"].values()} == {"wire"}  # type: ignore[attr-defined]


def test_a_slow_box_is_found_and_a_brisk_one_is_not(demo: Demo) -> None:
    found = {box["device"]: box for box in answer(demo)["boxes"]}  # type: ignore[attr-defined]
    assert [(each["limit"], each["value"], each["maximum"]) for each in found["slow"]["slow"]] == [
        ("first-picture", 5.5, LIMITS["first-picture"]),
        ("normal-picture", 35.5, LIMITS["normal-picture"]),
    ]
    assert all("GY/T 399" in each["source"]["en"] for each in found["slow"]["slow"])
    assert found["brisk"]["slow"] == []
    assert found["slow"]["verdict"] == "passes"


def test_people_are_told_the_rule_its_words_and_where_it_is_from(demo: Demo) -> None:
    shown = hulian(demo, "stb").stdout
    for words in ("m09-sd-on", "dth-hd", "SD is none of HD, UHD4K, UHD8K", "自2022年7月1日起", "Wuwei implementation plan (2022), item 19"):
        assert words in shown
    old = next(line for line in shown.splitlines() if "m11-old" in line and "years old" in line)
    assert "7 years old" in old or "8 years old" in old
    assert "\x1b[" not in shown


def test_what_the_owner_says_against_a_box_is_shown_and_does_not_count(demo: Demo) -> None:
    said = hulian(demo, "stb", "set", "m09-sd-on", "--class", "HD", "--json")
    assert said.returncode == 0, said.stderr
    box = json.loads(said.stdout)
    assert (box["facts"]["videoClass"]["value"], box["verdict"]) == ("SD", "fails")
    assert [(each["source"], each["value"]) for each in box["otherwise"]] == [("owner", "HD")]
    assert json.loads(hulian(demo, "stb", "unset", "m09-sd-on", "class", "--json").stdout)["otherwise"] == []
