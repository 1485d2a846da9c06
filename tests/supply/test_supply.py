"""What a hub is made of: written down as the official schema asks, without known holes, and nothing under the GPL."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import Distribution
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from jsonschema import Draft7Validator
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.supply import gate
from tests.supply.closure import ROOT, Package, closure
from tests.supply.gate import Advisory, complaints, floors, holes, pins, read_advisories
from tests.supply.licences import licence, troubles
from tests.supply.sbom import archive_hashes, bill

NOW = datetime(2026, 11, 29, tzinfo=UTC)


class Said(Distribution):
    """A package that says the given things of itself."""

    def __init__(self, *lines: str) -> None:
        self._text = "\n".join(("Metadata-Version: 2.4", "Name: thing", "Version: 1.0", *lines, "", ""))

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Path:
        return Path(path)


def package(*lines: str, name: str = "thing") -> Package:
    return Package(canonicalize_name(name), Said(*lines), (), ())


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads(files("cyclonedx.schema").joinpath("_res", name).read_text()))


def validator() -> Draft7Validator:
    """Return the official schema of CycloneDX 1.6 with what it refers to, all from a package: no network is asked."""
    own = schema("bom-1.6.SNAPSHOT.schema.json")
    others = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    pairs = [(urljoin(own["$id"], name), Resource.from_contents(schema(name), default_specification=DRAFT7)) for name in others]
    registry: Registry[Any] = Registry().with_resources(pairs)
    return Draft7Validator(own, registry=registry)


@pytest.fixture(scope="module")
def packages() -> dict[Any, Package]:
    return dict(closure())


@pytest.fixture(scope="module")
def document(packages: dict[Any, Package]) -> dict[str, Any]:
    return bill(packages, {"zeroconf": "ab" * 32}, now=NOW)


def test_the_bill_of_materials_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    assert [error.message for error in validator().iter_errors(document)] == []


def test_the_schema_refuses_a_bill_that_is_spoilt(document: dict[str, Any]) -> None:
    spoilt = {**document, "components": [{**document["components"][0], "licenses": [{"license": {"id": "No Such Licence"}}]}]}
    assert list(validator().iter_errors(spoilt))


def test_it_names_every_package_of_a_hub_once_with_version_origin_and_licence(
    document: dict[str, Any], packages: dict[Any, Package]
) -> None:
    names = Counter(component["name"] for component in document["components"])
    assert set(names) == set(packages)
    assert set(names.values()) == {1}
    assert {"aiocoap", "zeroconf", "cryptography", "ifaddr"} <= set(names)
    assert not {"pytest", "mypy", "hulian", "cyclonedx-python-lib"} & set(names)
    for component in document["components"]:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        assert component["licenses"], component["name"]


def test_it_says_what_is_there_only_with_an_extra_and_what_needs_what(document: dict[str, Any]) -> None:
    by_name = {component["name"]: component for component in document["components"]}
    assert by_name["zeroconf"]["scope"] == "required"
    assert by_name["zeroconf"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert by_name["amqtt"]["scope"] == "optional"
    assert {"name": "hulian:extra", "value": "broker"} in by_name["amqtt"]["properties"]
    needs = {entry["ref"]: set(entry["dependsOn"]) for entry in document["dependencies"]}
    assert by_name["ifaddr"]["purl"] in needs[by_name["zeroconf"]["purl"]]
    own = needs[document["metadata"]["component"]["bom-ref"]]
    assert by_name["zeroconf"]["purl"] in own
    assert by_name["ifaddr"]["purl"] not in own


def test_the_hash_of_an_archive_comes_from_a_report_of_pip_and_the_place_it_came_from_does_not() -> None:
    report = {
        "install": [
            {
                "metadata": {"name": "Ruamel.YAML"},
                "download_info": {"url": "https://somewhere.example/x", "archive_info": {"hashes": {"sha256": "cd" * 32}}},
            },
            {"metadata": {"name": "hulian"}, "download_info": {"url": "file:///somewhere", "dir_info": {}}},
        ]
    }
    assert archive_hashes(report) == {"ruamel-yaml": "cd" * 32}


def test_make_sbom_writes_the_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.supply.sbom", str(tmp_path / "a" / "b.json")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads((tmp_path / "a" / "b.json").read_text())["specVersion"] == "1.6"
    assert "packages" in done.stdout


def test_no_package_of_this_hub_has_a_known_hole_and_none_is_under_the_gpl() -> None:
    assert complaints() == []


def test_every_advisory_says_which_versions_and_what_in_a_sentence() -> None:
    advisories = read_advisories()
    assert len({advisory.id for advisory in advisories}) == len(advisories)
    for advisory in advisories:
        assert str(advisory.affected), advisory.id
        assert len(advisory.says) > 20, advisory.id


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [("zeroconf", "0.149.11", "0.154.0"), ("amqtt", "0.11.3", "0.12.1"), ("cbor2", "5.8.0", "5.9.0"), ("filelock", "3.20.2", "4.3.1")],
)
def test_a_listed_version_is_refused_and_a_mended_one_is_not(name: str, bad: str, good: str) -> None:
    assert holes(read_advisories(), [(name, bad)], "here")
    assert not holes(read_advisories(), [(name, good)], "here")


def test_the_gate_closes_on_what_is_installed_pinned_or_let_in(
    monkeypatch: pytest.MonkeyPatch, packages: dict[Any, Package], capsys: pytest.CaptureFixture[str]
) -> None:
    version = packages["aiocoap"].version
    everything = Advisory("TEST-1", "aiocoap", SpecifierSet(f"<={version}"), "a hole made up for a test")
    monkeypatch.setattr(gate, "read_advisories", lambda: (everything,))
    with pytest.raises(SystemExit) as ended:
        gate.main()
    assert ended.value.code
    said = capsys.readouterr().err
    assert all(where in said for where in ("(installed)", "(constraints.txt)", "(the oldest that pyproject.toml lets in)"))


def test_pins_and_floors_are_read_as_they_are_written() -> None:
    assert pins("# a comment\nRuamel.YAML==0.19.1  # why\n\nx==2\n") == {"ruamel-yaml": "0.19.1", "x": "2"}
    table = {"dependencies": ["a>=1.2,<2", "b"], "optional-dependencies": {"x": ["c==3; python_version>'3'"], "test": ["d>=4"]}}
    assert dict(floors(table)) == {"a": "1.2", "c": "3"}


def test_what_should_be_here_and_is_not_is_an_error() -> None:
    with pytest.raises(LookupError, match="no-such-package"):
        closure({"dependencies": ["no-such-package"]})
    assert closure({"dependencies": ["no-such-package; python_version < '3'"]}) == {}
    everything = ["hulian[x]", "no-such-package; python_version < '3'"]
    assert closure({"dependencies": [], "optional-dependencies": {"x": ["no-such-package"], "all": everything}}) == {}


@pytest.mark.parametrize(
    "lines",
    [
        ("License-Expression: GPL-3.0-or-later",),
        ("License: GPLv3",),
        ("License-Expression: AGPL-3.0-only",),
        ("License-Expression: MIT AND GPL-2.0-only",),
        ("License-Expression: LGPL-3.0-only",),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",),
        (),
    ],
)
def test_a_package_under_the_gpl_or_under_nothing_is_refused(lines: tuple[str, ...]) -> None:
    assert troubles([package(*lines)])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("thing", "License-Expression: MIT OR GPL-2.0-only"),
        ("thing", "Classifier: License :: OSI Approved :: MIT License"),
        ("zeroconf", "License-Expression: LGPL-2.1-or-later"),
    ],
)
def test_a_choice_without_the_gpl_and_the_named_library_under_the_lgpl_are_let_in(name: str, line: str) -> None:
    assert troubles([package(line, name=name)]) == []


def test_the_licence_is_read_from_expression_field_or_classifiers() -> None:
    assert licence(Said("License-Expression: MIT", "License: BSD")) == "MIT"
    assert licence(Said("License: MIT License")) == "MIT"
    assert licence(Said(f"License: {'a whole licence text ' * 20}", "Classifier: License :: OSI Approved :: BSD License")) == "BSD-3-Clause"
    assert licence(Said()) == ""
