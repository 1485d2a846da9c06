"""The first reading of a profile file: YAML to plain JSON data, every mistake of the writing itself reported, the rest kept."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.profile.findings import Finding, Pages, pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.plain_yaml import plainly_read
from gateway.profile.resolver import MAX_DEPTH, Document

_MOST_NODES = 100_000
_DROPPED = object()
TAB: Final = "'\\t'"
TABS: Final = "; YAML is indented with blanks, never with tabs"


def read_pages(path: Path) -> Pages:
    """Return the file as pages; their findings say what cannot be read, and `is_readable` whether anything can."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return _unreadable(path, 1, "cannot be read: it is not UTF-8; save it as UTF-8")
    except OSError as error:
        return _unreadable(path, 1, f"cannot be read: {str(error).splitlines()[0]}")
    return pages_of(path, text)


def pages_of(path: Path, text: str) -> Pages:
    """Return a text as pages, likewise; `path`: what it is called."""
    if isinstance(document := plainly_read(text), dict):
        return Pages(path, document)
    try:
        return _loaded(path, text, YAML(pure=True))
    except DuplicateKeyError:
        return _loaded_with_duplicates(path, text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = (error.problem or str(error)).splitlines()[0]
        return _unreadable(path, line, f"is not YAML: {problem}{TABS if TAB in problem else ''}")
    except (YAMLError, ValueError, RecursionError) as error:
        return _unreadable(path, 1, f"cannot be read: {(str(error) or 'nested too deep').splitlines()[0]}")


def is_readable(pages: Pages) -> bool:
    """Return whether the file could be read at all."""
    return not any(finding.rule == "yaml-unreadable" for finding in pages.findings)


def plain_document(pages: Pages, document: Any) -> Document:
    """Return the document as JSON data; what is no JSON is reported and left out."""
    budget = [_MOST_NODES]
    content = _plain(pages, document, "", budget)
    if budget[0] < 0:
        pages.report("", f"has more than {_MOST_NODES} parts: leave anchors and aliases out", rule="yaml-shape")
    return content if isinstance(content, dict) else {}


def _loaded(path: Path, text: str, yaml: YAML) -> Pages:
    document = yaml.load(io.StringIO(text))
    if not isinstance(document, dict):
        return _unreadable(path, 1, "must be a mapping at the top")
    return Pages(path, document)


def _unreadable(path: Path, line: int, message: str) -> Pages:
    pages = Pages(path, {})
    pages.findings.append(Finding(path, line, "", message, rule="yaml-unreadable"))
    return pages


def _loaded_with_duplicates(path: Path, text: str) -> Pages:
    """Return what can be read where a name stands twice: the first one counts, each of the others is reported."""
    yaml = YAML(pure=True)
    yaml.allow_duplicate_keys = True
    pages = _loaded(path, text, yaml)
    for pointer, line in _duplicates(YAML(pure=True).compose(io.StringIO(text)), ""):
        pages.findings.append(
            Finding(path, line, pointer, f"{pointer.rpartition('/')[2]} stands there twice: leave one out", rule="yaml-duplicate")
        )
    return pages


def _duplicates(node: Node | None, pointer: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, f"{pointer}/{index}", depth + 1)
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                at = f"{pointer}{pointer_to(key.value)}"
                if key.value in seen:
                    yield at, key.start_mark.line + 1
                seen.add(key.value)
                yield from _duplicates(value, at, depth + 1)


def _plain(pages: Pages, node: Any, pointer: str, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        return _DROPPED
    if pointer.count("/") > MAX_DEPTH:
        return _dropped(pages, pointer, "is nested too deep, or contains itself")
    if isinstance(node, dict):
        return _mapping(pages, node, pointer, budget)
    if isinstance(node, list):
        items = (_plain(pages, value, f"{pointer}/{index}", budget) for index, value in enumerate(node))
        return [None if item is _DROPPED else item for item in items]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return None if node is None else _dropped(pages, pointer, f"is a {type(node).__name__}: put it in quotes")


def _mapping(pages: Pages, node: dict[Any, Any], pointer: str, budget: list[int]) -> Document:
    content: Document = {}
    for key, value in node.items():
        if not isinstance(key, str):
            pages.report(pointer, f"has a name that is no text: put {shown(key)} in quotes", rule="yaml-shape")
            pages.set_aside(f"{pointer}{pointer_to(key)}")
        elif (member := _plain(pages, value, f"{pointer}{pointer_to(key)}", budget)) is not _DROPPED:
            content[str(key)] = member
    return content


def _dropped(pages: Pages, pointer: str, message: str) -> object:
    pages.report(pointer, message, rule="yaml-shape")
    pages.set_aside(pointer)
    return _DROPPED
