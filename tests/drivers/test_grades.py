"""The grades are those of the drivers and of the contract as they are now; nobody typed them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from gateway.cli.drivers import drivers
from gateway.drivers.grades.grade import KEPT, RESULTS, Grade, Unit, grades, results
from gateway.drivers.grades.page import page
from gateway.drivers.table import load, names
from tests.drivers.conftest import declared, write
from tests.drivers.contract import CHECKS
from tests.drivers.contract_terms import Terms

ROOT = Path(__file__).parents[2]
MODULES = {
    "msmart-ng": "msmart",
    "midea-local": "midealocal",
    "greeclimate": "greeclimate",
    "python-miio": "miio",
    "pychonet": "pychonet",
    "pydaikin": "pydaikin",
    "broadlink": "broadlink",
    "androidtvremote2": "androidtvremote2",
    "aioesphomeapi": "aioesphomeapi",
    "async-upnp-client": "async_upnp_client",
    "homeassistant": "homeassistant",
    "zigbee2mqtt": "zigbee2mqtt",
}
"""Distribution of a foreign client to what a script of ours imports of it."""
HOW = "`make grades` writes it"
PINS = ("tests/interop/requirements-appliances.txt", "tests/interop/requirements-homeassistant-2025.4.txt", "constraints.txt")


def benches() -> Iterator[type[Terms]]:
    """Yield every class of the tests that tries the contract on a driver of the table."""
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        if "DriverContract" not in path.read_text():
            continue
        module = import_module(".".join(("tests", *path.relative_to(ROOT / "tests").with_suffix("").parts)))
        for found in vars(module).values():
            own = isinstance(found, type) and issubclass(found, Terms) and found.__module__ == module.__name__
            if own and isinstance(getattr(found, "driver", None), str) and getattr(found, "__test__", True):
                yield found


def test_the_grades_are_of_all_benches_there_are_and_of_what_their_tests_declare() -> None:
    told = {(driver, unit["bench"]): unit for driver, units in results()["drivers"].items() for unit in units}
    assert told.keys() == {(bench.driver, bench.__name__) for bench in benches()}, HOW
    for bench in benches():
        unit = told[str(bench.driver), bench.__name__]
        assert declared(bench) == {name: unit[name] for name in declared(bench)}, HOW
        assert unit["checks"].keys() == CHECKS.keys() - bench.lacks.keys(), HOW


def test_every_driver_of_the_table_has_been_tried() -> None:
    assert results()["drivers"].keys() == set(names()), HOW


def test_what_a_wire_lacks_is_a_check_there_is_with_a_reason() -> None:
    for bench in benches():
        assert bench.lacks.keys() <= CHECKS.keys(), bench
        assert all(bench.lacks.values()), bench


def test_the_page_is_current() -> None:
    assert (ROOT / "gateway/drivers/GRADES.md").read_text() == page(grades(names(), load)), HOW


def test_every_foreign_judge_is_pinned_and_a_test_of_ours_uses_it() -> None:
    pins = "".join((ROOT / file).read_text() for file in PINS)
    packages = json.loads((ROOT / "tests/interop/package.json").read_text())["dependencies"]
    scripts = "".join(path.read_text() for suffix in ("py", "cjs") for path in (ROOT / "tests/interop").glob(f"*.{suffix}"))
    for judge in {judge for grade in grades(names(), load) for judge in grade.judges}:
        assert f"\n{judge}==" in pins or packages[judge][0].isdigit()
        used = (f"import {MODULES[judge]}", f"from {MODULES[judge]}", f'require.resolve("{MODULES[judge]}/')
        assert any(words in scripts for words in used)


def unit(**checks: str) -> Unit:
    plain = {"wire": "w", "kind": "plug", "lacks": {}, "locality": "local", "needs": (), "push": True, "judges": ("x",), "terms": {}}
    return Unit(bench="TestOne", checks=checks, **plain)  # type: ignore[arg-type]


def test_one_check_that_is_not_kept_costs_the_grade_and_so_does_a_missing_judge() -> None:
    driver = load("native")
    good = unit(found=KEPT, lost=KEPT)
    assert Grade(driver=driver, units=(good,)).letter == "A"
    assert Grade(driver=driver, units=(replace(good, judges=()),)).letter == "B"
    assert Grade(driver=driver, units=(good, unit(found="failed"))).letter == "C"
    assert Grade(driver=driver, units=()).letter == "C"
    row = Grade(driver=driver, units=(good, replace(unit(lost="failed"), push=False, needs=("token",)))).row()
    assert (row["Recovery"], row["Push"], row["Pairing"]) == ("1 of 2", "some units", "token (some units)")


def test_the_same_results_make_the_same_file(tmp_path: Path) -> None:
    one, other = {"bench": "A", "checks": {"found": "kept", "fits": "kept"}}, {"bench": "B", "checks": {}}
    write(tmp_path / "1.json", {("x", "B"): other, ("x", "A"): one})
    write(tmp_path / "2.json", {("x", "A"): one | {"checks": {"fits": "kept", "found": "kept"}}, ("x", "B"): other})
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_the_command_shows_them_to_people_and_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    drivers()
    for people in (capsys.readouterr().out,):
        assert all(load(name).title in " ".join(people.split()) for name in names())
    drivers(json=True)
    told = json.loads(capsys.readouterr().out)
    assert [each["Driver"] for each in told] == list(names())
    assert all({"Recovery", "Foreign judge", "units", "kept", "of"} <= each.keys() for each in told)
    drivers(markdown=True)
    assert capsys.readouterr().out.startswith("# Driver grades")
    assert RESULTS.is_file()
