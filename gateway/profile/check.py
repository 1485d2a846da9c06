"""`hulian profile check`: what is wrong in the files of the standard, on which line, by which rule, and what to do.

A file may refer to others beside it, or to the standard's own. Mistakes are reported in the file they stand in, all of them in
one pass: what cannot be known because of one is set aside, the rest is still checked.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import ProfileInvalid
from gateway.profile.check_affordance import check_action, check_event, check_property
from gateway.profile.check_constraints import check_constraints
from gateway.profile.check_faults import check_faults
from gateway.profile.check_features import check_features
from gateway.profile.check_head import check_head
from gateway.profile.check_links import check_links
from gateway.profile.check_map_ha import check_partners
from gateway.profile.check_narrowed import check_narrowed
from gateway.profile.check_nulls import check_nulls
from gateway.profile.check_reference import check_reference
from gateway.profile.check_references import Shelf, check_parent, check_references
from gateway.profile.check_text import check_texts
from gateway.profile.check_yaml import is_readable, plain_document, read_pages
from gateway.profile.features import SECTIONS
from gateway.profile.findings import Finding, Pages, Severity, pointer_to
from gateway.profile.resolver import Document, flatten

__all__ = ["Finding", "Severity", "check_file", "check_paths"]

_CHECKS = {"properties": check_property, "actions": check_action, "events": check_event}


def check_paths(paths: Iterable[Path]) -> dict[Path, list[Finding]]:
    """Return the findings of every file; a folder stands for the profiles in it and its reference tables."""
    files = [file for path in paths for file in (_files(path) if path.is_dir() else [path])]
    return {file: check_file(file) for file in files}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml")) + sorted((folder / "reference").glob("*.yaml"))


def check_file(path: Path) -> list[Finding]:
    """Return everything wrong with one profile file, in the order of its lines; empty when it is good."""
    pages = read_pages(path)
    if is_readable(pages):
        document = plain_document(pages, pages.document)
        form = next((check for term, check in _FORMS.items() if term in document), _check_profile)
        form(pages, document)
    return sorted(set(pages.findings))


def _check_catalogue(pages: Pages, document: Document) -> None:
    check_texts(pages, "", document, needed=True)
    check_head(pages, document)
    check_faults(pages, document)


def _check_profile(pages: Pages, document: Document) -> None:
    check_texts(pages, "", document, needed=True)
    check_head(pages, document)
    shelf = Shelf(pages.path, document)
    document, parent = check_parent(pages, shelf, document)
    document = check_references(pages, shelf, document)
    check_links(pages, shelf)
    model = _flat(pages, shelf, document)
    _check_sections(pages, model)
    for check in _MODEL_CHECKS:
        check(pages, model, len(parent.get("hl:constraints", ())))
    check_nulls(pages, shelf, document, parent)


def _flat(pages: Pages, shelf: Shelf, document: Document) -> Document:
    """Return the flat model as far as it can be made."""
    if not isinstance(document.get("hl:constraints", []), list):
        pages.report("/hl:constraints", "must be a list", rule="constraint-shape")
        pages.set_aside("/hl:constraints")
        shelf.put({key: value for key, value in document.items() if key != "hl:constraints"})
    try:
        return flatten(shelf.own, shelf)
    except ProfileInvalid as error:
        pages.report(error.pointer, error.message, rule="model-unresolved")
    except (AttributeError, TypeError, KeyError) as error:
        pages.report("", f"cannot be resolved, something has the wrong shape: {error}", rule="model-unresolved")
    return dict(document)


def _check_sections(pages: Pages, model: Document) -> None:
    """Check the affordances that stand in this file; what is none is taken out of `model`, so that the rest can be checked."""
    for section in SECTIONS:
        entries = model.get(section, {})
        if not isinstance(entries, Mapping):
            pages.report(f"/{section}", "must map names to mappings", rule="affordance-shape")
            pages.set_aside(f"/{section}")
            entries = {}
        model[section] = {name: body for name, body in entries.items() if _check_affordance(pages, section, name, body)}


def _check_affordance(pages: Pages, section: str, name: str, body: Any) -> bool:
    pointer = f"/{section}{pointer_to(name)}"
    if not isinstance(body, Mapping):
        pages.report(pointer, "must be a mapping", rule="affordance-shape")
        pages.set_aside(pointer)
        return False
    if pages.holds(pointer):
        _CHECKS[section](pages, pointer, body)
    return True


def _check_own_constraints(pages: Pages, model: Document, inherited: int) -> None:
    constraints = model.get("hl:constraints", [])
    if isinstance(constraints, list):
        check_constraints(pages, model, constraints[inherited:], inherited)


def _check_own_features(pages: Pages, model: Document, _inherited: int) -> None:
    check_features(pages, model)


_FORMS: dict[str, Callable[[Pages, Document], None]] = {
    "faults": _check_catalogue,
    "sources": check_reference,
    "model": check_narrowed,
}
"""Files that are no Thing Models, known by a term at their top."""

_MODEL_CHECKS: tuple[Callable[[Pages, Document, int], None], ...] = (
    _check_own_features,
    _check_own_constraints,
    check_partners,
)
"""What is checked of a flat model as a whole: pages of the file, the model, how many constraints are the parent's."""
