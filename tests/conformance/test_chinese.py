"""The Chinese half of a report is Chinese: what checks are called, and why they run or do not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gateway.conformance
from gateway.conformance.checks.table import checks
from gateway.conformance.report.words import CHINESE, ENGLISH, check_texts, reason_texts

SUITE = Path(gateway.conformance.__file__).parent
HAN = re.compile("[\u4e00-\u9fff]")
FILLED_IN = "x1"
WHY = frozenset({"Untried", "NotAsked"})


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
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in texts(value))
