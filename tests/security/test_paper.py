"""SECURITY.md says what is so: every provision has a verdict, every test it names exists, every command it names can be typed."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from gateway.cli.commands import TABLE

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "SECURITY.md").read_text()

PARTS = {
    "5.0": "1",
    "5.1": "1 2 2A 3 4 5",
    "5.2": "1 2 3",
    "5.3": "1 2 3 4A 4B 5 6A 6B 7 8 9 10 11 12 13 14 15A 15B 16",
    "5.4": "1 2 3 4",
    "5.5": "1 2 3 4 5 6 7 8",
    "5.6": "1 2 3 4A 4B 5 6 7 8 9",
    "5.7": "1 2",
    "5.8": "1 2 3",
    "5.9": "1 2 3",
    "5.10": "1",
    "5.11": "1 2 3 4",
    "5.12": "1 2 3",
    "5.13": "1A 1B",
    "6": "1 2 3A 3B 4 5 6 7 8",
}
PROVISIONS = [f"{clause}-{number}" for clause, numbers in PARTS.items() for number in numbers.split()]
"""Table B.1 of EN 303 645 V3.1.3."""
GATEWAY_CLAUSES = ("7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7")
VERDICTS = {"pass", "partial", "no", "n.a."}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def section(title: str) -> str:
    """Return what stands under a heading of the second level."""
    begin = PAGE.index(f"\n## {title}") + 1
    end = PAGE.find("\n## ", begin)
    return PAGE[begin : end if end > 0 else len(PAGE)]


def rows(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head and its headings."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [row for row in cells if not row[0].startswith("**") and set(row[0]) != {"-"}]


EN, GB = rows("ETSI EN 303 645"), rows("GB/T 41387-2022")


@cache
def functions(path: str) -> set[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_provision_has_a_verdict_and_what_shows_it() -> None:
    assert [row[0] for row in EN] == PROVISIONS
    for number, asks, verdict, shown in EN:
        assert verdict in VERDICTS, number
        assert asks, number
        if verdict in ("pass", "partial"):
            assert TEST.search(shown) or "no test: " in shown, f"{number} is called {verdict}, and nothing shows it"
        else:
            assert len(shown) > 5, f"{number} is called {verdict}, and nothing says why"


def test_every_clause_on_gateways_has_a_verdict_and_what_shows_it() -> None:
    assert {row[0].partition(",")[0] for row in GB} == set(GATEWAY_CLAUSES)
    for clause, _, verdict, shown in GB:
        assert verdict in VERDICTS, clause
        assert TEST.search(shown) or verdict in ("no", "n.a."), clause


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(PAGE))))
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    assert name in functions(path)


def test_nothing_that_looks_like_a_test_is_named_otherwise() -> None:
    assert len(re.findall(r"tests/\S+::", PAGE)) == len(TEST.findall(PAGE))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`hulian\s+([a-z]+)", PAGE))))
def test_every_command_that_is_named_exists(command: str) -> None:
    assert command in TABLE


def test_the_hub_says_its_name_and_version() -> None:
    said = subprocess.run([sys.executable, "-m", "gateway.cli.main", "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"hulian \d+\.\d+\.\d+\S*\n", said.stdout)


def test_the_policy_says_whom_to_write_to_and_when_one_hears_back() -> None:
    policy = section("Reporting a hole")
    assert "security.txt" in policy
    assert re.search(r"arrived \| within \d+ working days", policy)
    assert re.search(r"stands \| every \d+ days", policy)


def test_there_is_a_summary_in_chinese_that_tells_of_both_sides() -> None:
    summary = section("中文摘要")
    assert all(word in summary for word in ("报告漏洞", "承诺", "不承诺", "支持范围"))
    assert len(re.findall(r"[\u4e00-\u9fff]", summary)) > 300
