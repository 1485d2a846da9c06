"""Rules for members without a value: null takes out what a parent or reference brings, and means nothing elsewhere."""

from typing import Any

from gateway.profile.check_references import Shelf, references_in
from gateway.profile.findings import Pages, pointer_to
from gateway.profile.resolver import Document, follow, referred

_ADVICE = "has no value: give it one, or put the text before it in quotes (an unquoted one ends at a comma)"


def check_nulls(pages: Pages, shelf: Shelf, document: Document, parent: Document) -> None:
    """Report nulls that take nothing out; `document` has sound references only, `parent` is flat."""
    idle = _beside_references(shelf, document)
    if pages.parent_known:
        idle += [pointer for pointer in _nulls(document, "") if not _is_there(parent, pointer)]
    for pointer in idle:
        pages.report(pointer, _ADVICE, rule="value-missing")


def _beside_references(shelf: Shelf, document: Document) -> list[str]:
    found: list[str] = []
    for reference in references_in(document, shelf.own, ""):
        brought = referred(reference.text, shelf.own, shelf)
        beside = {term: value for term, value in follow(document, reference.pointer).items() if term != "tm:ref"}
        found += [f"{reference.pointer}{at}" for at in _nulls(beside, "") if not _is_there(brought, at)]
    return found


def _nulls(node: Any, pointer: str) -> list[str]:
    """Return the pointers of nulls at or below `node`; what stands beside a reference is left out."""
    if isinstance(node, list):
        return [each for index, value in enumerate(node) for each in _nulls(value, f"{pointer}/{index}")]
    if not isinstance(node, dict) or "tm:ref" in node:
        return []
    own = [f"{pointer}{pointer_to(key)}" for key, value in node.items() if value is None]
    return own + [each for key, value in node.items() for each in _nulls(value, f"{pointer}{pointer_to(key)}")]


def _is_there(document: Any, pointer: str) -> bool:
    try:
        follow(document, pointer)
    except KeyError:
        return False
    return True
