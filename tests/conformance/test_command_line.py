"""`hulian conformance` as a vendor and a script use it, against a simulated appliance: healthy, broken, gone, and not there at all."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.conformance_list import begun_tests
from gateway.cli.main import app
from gateway.cli.options import options
from gateway.conformance.capsule import CapsuleRefused
from gateway.conformance.claim import NoClaim
from gateway.conformance.requirement import requirements
from gateway.conformance.selection import NoSuchTest
from gateway.conformance.target import TargetUnreachable
from gateway.errors import ConfigurationInvalid, HulianError, NotRunning, Unknown
from tests.conformance.stand import Stand, stand
from tests.kit.addresses import address


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def data(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HULIAN_DATA", str(kept))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    yield
    options.data, options.no_color, options.verbose = None, False, False


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("healthy")) as made:
        yield made


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("broken"), "read-only-accepted") as made:
        yield made


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["conformance", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def refused(error: type[HulianError], words: str, *arguments: object) -> None:
    with pytest.raises(error, match=words):
        run(*arguments)


def test_a_healthy_appliance_is_conformant_and_it_is_said_what_was_not_tried(healthy: Stand) -> None:
    said = run(healthy.target, "--tests", "E4,T7", "--seed", 5).output
    assert "passed     E4[coap]" in said
    assert "selected because E4 is asked of every plug, over coap" in said
    assert "incomplete" in said
    assert "seed 5" in said


def test_every_line_says_why_it_was_selected_or_skipped(healthy: Stand) -> None:
    records = [json.loads(line) for line in run(healthy.target, "--tests", "S4.boots,E4,C9.branch", "--json").output.splitlines()]
    verdicts = [record for record in records if record["event"] == "verdict"]
    assert all(record["because"] for record in verdicts)
    by_id = {record["id"]: record for record in verdicts}
    assert by_id["S4.boots"]["because"] == "it needs hands that can do power (--control)"
    assert by_id["S4.boots"]["asked"]
    assert records[0]["facts"]["kind"] == "plug"
    assert records[-1]["missing"]


def test_the_control_interface_is_found_to_have_hands(healthy: Stand) -> None:
    said = run(healthy.target, "--control", healthy.control, "--tests", "S4.boots").output
    assert "passed     S4.boots" in said


def test_the_first_failure_is_readable_at_once(broken: Stand) -> None:
    said = run(broken.target, "--tests", "E4", code=1).output
    told = said[said.index("failed     E4[coap]") :]
    for heading in ("Requirement", "Sent", "Came", "Expected", "Why it matters", "What to do"):
        assert re.search(rf"^    {heading}  \S", told, re.MULTILINE), heading
    assert "not conformant" in told


def test_a_failure_is_told_in_chinese(broken: Stand) -> None:
    said = run(broken.target, "--tests", "E4", "--lang", "zh", code=1).output
    assert requirements()["E4"].titles["zh-Hans"] in said
    assert "不符合" in said
    assert "每台 plug 都须满足 E4" in said


def test_a_failure_is_played_again_until_it_is_mended(broken: Stand, healthy: Stand, tmp_path: Path) -> None:
    run(broken.target, "--tests", "E4", "--report", tmp_path, code=1)
    file = tmp_path / "capsule-E4-coap.json"
    assert "It still fails" in run("replay", file, code=1).output
    assert "It does not fail any more" in run("replay", file, healthy.target).output
    assert json.loads(run("replay", file, healthy.target, "--json").output)["outcome"] == "passed"
    file.write_text(file.read_text().replace('"seed"', '"sead"'))
    refused(CapsuleRefused, "damaged", "replay", file)


@pytest.mark.parametrize(
    ("error", "words", "arguments"),
    [
        (ConfigurationInvalid, "name a target", ()),
        (ConfigurationInvalid, "no transport", ("coap://192.0.2.7", "--transport", "http")),
        (ConfigurationInvalid, "no language", ("--list", "--lang", "fr")),
        (TargetUnreachable, "no way the standard has", ("http://192.0.2.7",)),
        (NoSuchTest, "no test 'Z9'", ("coap://192.0.2.7", "--tests", "Z9")),
        (NoSuchTest, "about the gateway", ("coap://192.0.2.7", "--tests", "D1")),
        (NoClaim, "kind@version", ("coap://192.0.2.7", "--claim", "a plug")),
        (NotRunning, "nobody listens", ("coap://192.0.2.7", "--control", "/nowhere/control")),
        (Unknown, "no test", ("--explain", "Z9")),
    ],
)
def test_what_cannot_be_run_says_what_to_do(error: type[HulianError], words: str, arguments: tuple[str, ...]) -> None:
    refused(error, words, *arguments)


def test_nobody_at_the_address_is_said_with_what_a_target_is() -> None:
    refused(TargetUnreachable, r"cannot be reached.*A target is one of coap://", f"coap://{address()}")


def test_a_file_is_judged_by_what_can_be_read_of_it(healthy: Stand, tmp_path: Path) -> None:
    run(healthy.target, "--tests", "T7", "--report", tmp_path)
    document = json.loads((tmp_path / "td.json").read_bytes())
    document["forms"] = [form for form in document["forms"] if "readallproperties" not in form["op"]]
    file = tmp_path / "thing.td.json"
    file.write_text(json.dumps(document))
    said = run(file, "--tests", "T7,E4").output
    assert "passed     T7" in said
    assert re.search(r"skipped +E4.*its forms do not have the layout", said)


def test_an_incomplete_run_is_not_signed(healthy: Stand, tmp_path: Path) -> None:
    run(healthy.target, "--tests", "E4", "--sign", tmp_path / "maker.key", code=2)
    assert not list(tmp_path.iterdir())


def test_the_list_has_every_test_with_subject_group_mandatory_and_hands() -> None:
    rows = [json.loads(line) for line in run("--list", "--json").output.splitlines()]
    assert [row["id"] for row in rows] == [*requirements()]
    assert sum(row["subject"] == "appliance" for row in rows) >= 45
    assert {"id", "group", "subject", "mandatory", "hands", "checks", "title"} <= rows[0].keys()
    shown = run("--list").output
    assert all(re.search(rf"^  {name}\b", shown, re.MULTILINE) for name in requirements())
    assert "hands: power" in shown


def test_a_test_is_explained_with_its_checks_and_the_twins_that_show_it() -> None:
    said = run("--explain", "e4").output
    assert requirements()["E4"].why["en"] in said
    assert "read-only-accepted" in said
    assert "只读属性不可写" in run("--explain", "E4", "--lang", "zh").output
    assert "read-only-accepted" in json.loads(run("--explain", "E4", "--json").output)["twins"]


def test_the_help_has_examples_and_names_no_inner_command() -> None:
    said = run("--help").output
    assert "Usage: hulian conformance" in said or "Usage: root conformance" in said
    assert "hulian conformance replay" in said
    assert "judge [OPTIONS]" not in said


def test_ids_are_completed_after_a_comma() -> None:
    assert "D7,S4.boots" in begun_tests("D7,s4")
    assert begun_tests("Z") == []
