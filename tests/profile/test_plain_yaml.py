"""Two readers of YAML, one in C and one in Python: where the fast one answers, it says what the other says, with the same lines."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gateway.profile import plain_yaml
from gateway.profile.check_yaml import pages_of
from gateway.profile.plain_yaml import LinedList, LinedMapping, plainly_read

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for folder in ("profiles", "firmware_sim", "gateway") for path in (ROOT / folder).rglob("*.yaml"))
needs_libyaml = pytest.mark.skipif(vars(plain_yaml)["CParser"] is None, reason="PyYAML with libyaml is not installed")


def content(node: Any) -> Any:
    """Return plain data with the kind of every value, so that 1 is not 1.0 and not true."""
    if isinstance(node, dict):
        return {str(name): content(value) for name, value in node.items()}
    if isinstance(node, list):
        return [content(value) for value in node]
    return next(((kind.__name__, kind(node)) for kind in (bool, int, float, str) if isinstance(node, kind)), node)


def lines(node: Any) -> Any:
    if isinstance(node, LinedMapping):
        return {str(name): (node.lines[name], lines(value)) for name, value in node.items()}
    if isinstance(node, LinedList):
        return [(line, lines(value)) for line, value in zip(node.lines, node, strict=True)]
    if isinstance(node, dict):
        return {str(name): (node.lc.key(name)[0], lines(value)) for name, value in node.items()}  # type: ignore[attr-defined]
    if isinstance(node, list):
        return [(node.lc.item(at)[0], lines(value)) for at, value in enumerate(node)]  # type: ignore[attr-defined]
    return None


def both(text: str) -> bool:
    """Hold the readers against each other; return whether the fast one answered."""
    if (read := plainly_read(text)) is None:
        return False
    known = YAML(pure=True).load(text)
    assert content(read) == content(known)
    assert lines(read) == lines(known)
    return True


@needs_libyaml
def test_all_our_pages_are_read_alike_and_most_of_them_fast() -> None:
    answered = [both(page.read_text(encoding="utf-8")) for page in PAGES[::7]]
    assert sum(answered) > len(answered) * 0.8


WORDS = [
    "off",
    "on",
    "yes",
    "No",
    "~",
    "null",
    "NULL",
    "true",
    "True",
    "1",
    "-3",
    "1.0",
    "1e3",
    "0x1F",
    "0o7",
    "017",
    "1_000",
    "12:30",
    "22",
]
WORDS += [
    "2026-01-01",
    "1.2.3",
    "-PT20M",
    "+86",
    ".5",
    "-.inf",
    ".nan",
    "<<",
    "=",
    "a b",
    "离家",
    "'it''s'",
    '"a\\n\\u00e9"',
    "&a x",
    "*a",
    "!!str 1",
    "5+2",
]
word = st.sampled_from(WORDS) | st.text("ab1.-:#,?[]{}'\"|>&*!%@ ", min_size=1, max_size=6)


def block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    flow = st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    pairs = st.lists(st.tuples(word, inner), min_size=1, max_size=3).map(lambda items: "{" + ", ".join(f"{n}: {v}" for n, v in items) + "}")
    nested = st.lists(st.tuples(word, inner), min_size=1, max_size=3).map(lambda items: "\n" + "\n".join(f"  {n}: {v}" for n, v in items))
    items = st.lists(inner, min_size=1, max_size=3).map(lambda items: "\n" + "\n".join(f"  - {v}" for v in items))
    texts = st.sampled_from([">-\n  one\n  two\n\n  three", "|\n    a\n   b", ">\n  x\n    y\n"])
    return flow | pairs | nested | items | texts


@needs_libyaml
@given(st.lists(st.tuples(word, st.recursive(word, block, max_leaves=6)), min_size=1, max_size=4))
def test_whatever_is_written_the_fast_reader_says_the_same_or_nothing(members: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{name}: {value}" for name, value in members)
    if plainly_read(text) is None:
        return
    try:
        both(text)
    except YAMLError as error:
        raise AssertionError(f"only libyaml takes {text!r}") from error


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x", "a: 1\na: 2", "a: [", "%YAML 1.1\n---\na: on", "a: 1\n---\nb: 2", "a: !!str 1", "a: 2026-01-01", "word"]
)
def test_what_leaves_a_doubt_is_left_to_the_other_reader(text: str) -> None:
    assert plainly_read(text) is None


def test_a_page_means_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "profiles" / "plug-1.yaml").read_text(encoding="utf-8")
    fast = pages_of(Path("page"), text)
    monkeypatch.setattr(plain_yaml, "CParser", None)
    slow = pages_of(Path("page"), text)
    assert content(fast.document) == content(slow.document)
    assert fast.line_of("/hl:constraints/0") == slow.line_of("/hl:constraints/0") > 1
