"""Mistakes in a reference table: each found, on its line, by its rule, all in one pass."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.profile.check import check_file
from gateway.profile.check_reference import check_reference
from gateway.profile.findings import Pages
from gateway.profile.reference import REFERENCE
from gateway.profile.resolver import read_yaml

TABLES = ("label-standards", "safe-use-years", "set-top-box-rules", "waste-catalogue")
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.just(0.5) | st.sampled_from(["", "none", "2026-13-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "source", "titles", "from"]), inner, max_size=2),
    max_leaves=4,
)
MISTAKES = {
    "a day that is none": ('from: "2026-06-01", until: null', 'from: "2026-06-31", until: null', "day-form"),
    "a day of the wrong form": ('from: "2026-06-01", until: null', "from: 2026-6-1, until: null", "day-form"),
    "an end before the beginning": ('until: "2026-05-31"', 'until: "2016-05-31"', "day-order"),
    "a source that is not listed": ("source: itbear-2025", "source: hearsay", "source-unknown"),
    "no source": (", source: itbear-2025", "", "source-unknown"),
    "an empty cell that is not owned up to": ("memory: [metric, unit], unknown: [until]}", "memory: [metric, unit]}", "cell-empty"),
    "a cell called empty that is not": ("unknown: [grades, until]}", "unknown: [grades, until, unit]}", "cell-empty"),
    "a cell from memory that is not there": (
        "memory: [metric, unit], unknown: [until]}",
        "memory: [meter], unknown: [until]}",
        "cell-memory",
    ),
    "marks that are no list": ("unknown: [until]}", "unknown: until}", "cell-marks"),
    "a cell left out": (" grades: 5, metric: APF", " metric: APF", "cell-missing"),
    "a cell of another shape": ("schemes: [CEL], grades: 5, metric: APF", "schemes: [CEL], grades: five, metric: APF", "cell-form"),
    "a scheme that is not listed": ("schemes: [CEL], grades: 5, metric: APF", "schemes: [EU], grades: 5, metric: APF", "cell-word"),
    "a kind that is none": (
        "kinds: [air-conditioner], schemes: [CEL], grades: 5",
        "kinds: [teapot], schemes: [CEL], grades: 5",
        "cell-word",
    ),
    "a language left out": ("zh-Hans: 中国能效标识", "fr: Label", "text-language"),
    "a standard twice": ("{id: GB 21455-2019,", "{id: GB 21455-2013,", "row-twice"),
    "a section left out": ("\nwithout:", "\nwithouts:", "table-section"),
    "a row that is none": ("  - {kind: oven, source: none}", "  - oven", "table-form"),
    "no mark for what is unknown": ("  none: {en:", "  nothing: {en:", "sources-reserved"),
}
SOURCE = (REFERENCE / "label-standards-1.yaml").read_text(encoding="utf-8")


def checked(tmp_path: Path, text: str) -> list[tuple[str, int]]:
    path = tmp_path / "label-standards-1.yaml"
    path.write_text(text, encoding="utf-8")
    return [(finding.rule, finding.line) for finding in check_file(path)]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_where_it_stands(tmp_path: Path, mistake: str) -> None:
    old, new, rule = MISTAKES[mistake]
    assert old in SOURCE
    text = SOURCE.replace(old, new, 1)
    found = checked(tmp_path, text)
    assert rule in [name for name, _ in found]
    if rule not in ("sources-reserved", "table-section"):
        line = next(number for number, content in enumerate(text.splitlines(), 1) if content not in SOURCE.splitlines())
        assert line in [at for name, at in found if name == rule]


def test_all_mistakes_are_found_in_one_pass(tmp_path: Path) -> None:
    text = SOURCE
    for mistake in ("a day that is none", "an end before the beginning", "a row that is none", "a standard twice"):
        old, new, _ = MISTAKES[mistake]
        text = text.replace(old, new, 1)
    assert {"day-form", "day-order", "table-form", "row-twice"} <= {rule for rule, _ in checked(tmp_path, text)}


def test_a_table_that_is_good_is_silent(tmp_path: Path) -> None:
    assert checked(tmp_path, SOURCE) == []


@settings(deadline=None)
@given(data=st.data())
def test_nothing_written_into_a_table_makes_the_check_itself_fail(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(TABLES))
    document: Any = read_yaml(REFERENCE / f"{table}-1.yaml")
    for _ in range(data.draw(st.integers(1, 3))):
        node = document
        while isinstance(node, dict | list) and node:
            key = data.draw(st.sampled_from(sorted(node, key=str) if isinstance(node, dict) else range(len(node))))
            if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
                node[key] = data.draw(JUNK)
                break
            node = node[key]
    if "sources" in document:
        check_reference(Pages(Path(f"{table}-1.yaml"), document), document)
