"""The Chinese half of a report is Chinese: what checks are called, and why they run or do not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gateway.conformance
from gateway.conformance.checks.table import checks
from gateway.conformance.report.expectations import FILE, expected_texts
from gateway.conformance.report.words import CHINESE, ENGLISH, check_texts, reason_texts
from gateway.profile.resolver import read_yaml

SUITE = Path(gateway.conformance.__file__).parent
HAN = re.compile("[\u4e00-\u9fff]")
FILLED_IN = "x1"
WHY = frozenset({"Untried", "NotAsked", "TurnedAway"})
FAILS = {"Failure": 0, "Silence": 0, "Gone": 0, "_none": 0, "_told_within": 3}
"""What fails -> which of its arguments says what was expected."""
WAITS = frozenset({"until", "until_true"})


def test_every_check_has_a_chinese_name() -> None:
    for each in checks():
        found = check_texts(each.name, "its docstring")
        assert HAN.search(found[CHINESE]), each.name
        assert found[ENGLISH] == "its docstring"


def test_every_reason_the_suite_gives_has_a_chinese_sentence() -> None:
    found = sorted({sentence for file in SUITE.rglob("*.py") for sentence in reasons(file)})
    assert len(found) > 80
    english = [sentence for sentence in found if not HAN.search(reason_texts(sentence)[CHINESE])]
    assert english == []


def test_every_expectation_the_suite_has_has_a_chinese_sentence() -> None:
    found = sorted({sentence for file in SUITE.rglob("*.py") for sentence in expectations(file)})
    assert len(found) > 200
    limit_alone = f"{FILLED_IN} within {FILLED_IN} s"
    assert [each for each in found if each != limit_alone and not HAN.search(expected_texts(each)[CHINESE])] == []


def test_an_expectation_keeps_its_names_and_numbers_and_what_stands_in_another_is_put_into_chinese_too() -> None:
    assert expected_texts("power is refused within 3 s")[CHINESE] == "3 秒内\uff1apower 被拒绝"
    inner = "without the internet as ever: an answer to PUT p/power"
    assert expected_texts(inner)[CHINESE] == "没有互联网时仍应\uff1aPUT p/power 得到应答"
    assert expected_texts("nobody wrote this sentence")[CHINESE] == "nobody wrote this sentence"


def test_every_chinese_expectation_fills_in_what_the_english_one_does() -> None:
    for english, chinese in read_yaml(FILE)["expected"].items():
        assert sorted(re.findall(r"\{\d\}", english)) == sorted(re.findall(r"\{\d\}", chinese)), english


def expectations(file: Path) -> Iterator[str]:
    """Yield what the code of a file expects of a target: of a failure the first words, of a wait what was waited for."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and (place := FAILS.get(node.func.id)) is not None and node.args:
            yield from texts(node.args[place])
        if isinstance(node.func, ast.Attribute) and node.func.attr in WAITS and len(node.args) > 2:
            yield from (f"{text} within {FILLED_IN} s" for text in texts(node.args[2]))


def reasons(file: Path) -> Iterator[str]:
    """Yield why the code of a file says that something is not tried or not asked; what is filled in as a word."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WHY:
            yield from (text for argument in node.args for text in texts(argument))
        if file.parent.name == "checks" and isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "str":
            returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            yield from (text for value in returned for text in texts(value) if " " in text)


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in node.values)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (left + right for left in texts(node.left) for right in (*texts(node.right), ""))
    elif isinstance(node, ast.BinOp):
        yield from texts(node.left)
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in texts(value))
