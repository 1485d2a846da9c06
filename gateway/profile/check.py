"""`hulian profile check FILE`: what is wrong in a profile file, on which line, and what to do.

A file may refer to others beside it, or to the standard's own. Mistakes are reported in the file they stand in.
"""

import io
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from gateway.errors import ProfileInvalid
from gateway.profile.check_affordance import check_action, check_event, check_property
from gateway.profile.check_constraints import check_constraints
from gateway.profile.check_faults import check_faults
from gateway.profile.check_features import check_features
from gateway.profile.check_text import check_texts
from gateway.profile.features import SECTIONS
from gateway.profile.findings import Finding, Pages, Severity, pointer_to
from gateway.profile.library import PROFILES
from gateway.profile.plain_value import shown
from gateway.profile.resolver import Document, follow, parent_of, plain, read_yaml, resolve

__all__ = ["Finding", "Severity", "check_file"]

_VERSION = re.compile(r"([1-9][0-9]*)\.[0-9]+\.[0-9]+\Z")
_FILE = re.compile(r"([a-z][a-z0-9-]*)-([1-9][0-9]*)\Z")
_CLASSES = ("appliance", "sensor", "media", "security", "care", "accessory", "gateway")
_MATURITIES = ("draft", "stable")
_TOP_TERMS = frozenset({"hl:kind", "hl:class", "hl:maturity", "hl:features", "hl:constraints"})
_CHECKS = {"properties": check_property, "actions": check_action, "events": check_event}


def check_file(path: Path) -> list[Finding]:
    """Return everything wrong with one profile file, in the order of its lines; empty when it is good."""
    try:
        document = YAML(pure=True).load(io.StringIO(path.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [Finding(path, line, "", f"is not YAML: {(error.problem or str(error)).splitlines()[0]}")]
    except (YAMLError, OSError, UnicodeDecodeError, ValueError) as error:
        return [Finding(path, 1, "", f"cannot be read: {str(error).splitlines()[0]}")]
    if not isinstance(document, dict):
        return [Finding(path, 1, "", "must be a mapping at the top")]
    pages = Pages(path, document)
    try:
        _check_document(pages, path, plain(document, str(path)))
    except ProfileInvalid as error:
        pages.report(error.pointer, error.message)
    return sorted(pages.findings)


def _check_document(pages: Pages, path: Path, document: Document) -> None:
    check_texts(pages, "", document, needed=True)
    _check_head(pages, path, document)
    if "faults" in document:
        check_faults(pages, document)
        return
    if _check_references(pages, path, document):
        _check_model(pages, path, document)
        _check_nulls(pages, path, document)


def _check_head(pages: Pages, path: Path, document: Document) -> None:
    version = document.get("version")
    model = version.get("model") if isinstance(version, Mapping) else None
    match = _VERSION.match(model) if isinstance(model, str) else None
    if match is None:
        pages.report("/version/model", f"must be a version such as 1.0.0 in quotes, not {shown(model)}")
    if document.get("hl:maturity") not in _MATURITIES:
        pages.report("/hl:maturity", "must be draft, or stable once two independent implementations pass every test")
    name = _FILE.match(path.stem)
    if name is not None and match is not None and match[1] != name[2]:
        pages.report("/version/model", f"major version {match[1]} does not agree with the file name {path.name}")
    if "hl:kind" in document:
        _check_kind(pages, document, name[1] if name else None)
    for term in document:
        if isinstance(term, str) and term.startswith("hl:") and term not in _TOP_TERMS:
            pages.report(pointer_to(term), f"{term} is not in the vocabulary and is ignored", severity=Severity.WARNING)


def _check_kind(pages: Pages, document: Document, name: str | None) -> None:
    if name != document["hl:kind"]:
        pages.report("/hl:kind", f"must be the file's name without its version: call the file {document['hl:kind']}-1.yaml")
    if document.get("hl:class") not in _CLASSES:
        pages.report("/hl:class", f"must be one of {', '.join(_CLASSES)}")
    if parent_of(document) is None:
        pages.report("/links", "a kind extends ./appliance-base-1.yaml: add a link with rel tm:extends")


def _check_references(pages: Pages, path: Path, document: Document) -> bool:
    """Report every reference that leads nowhere; return whether all lead somewhere."""
    read = _Shelf(path, document)
    good = True
    for pointer, reference in _references(document, ""):
        try:
            href, _, target = str(reference).partition("#")
            follow(read(Path(href).name or path.name), target)
        except ProfileInvalid as error:
            pages.report(pointer, f"refers to {href}: {error.message}")
            good = False
        except KeyError:
            pages.report(pointer, f"{target} is not in {href}: correct the pointer")
            good = False
    return good


def _references(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if "tm:ref" in node:
            yield f"{pointer}/tm:ref", node["tm:ref"]
        for key, value in node.items():
            yield from _references(value, f"{pointer}{pointer_to(key)}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _references(value, f"{pointer}/{index}")


def _check_model(pages: Pages, path: Path, document: Document) -> None:
    try:
        model = resolve(path.name, _Shelf(path, document))
    except ProfileInvalid as error:
        pages.report(error.pointer, error.message)
        return
    except (AttributeError, TypeError, KeyError) as error:
        pages.report("", f"cannot be resolved, something has the wrong shape: {error}")
        return
    shapes = [_check_section(pages, section, model.get(section, {})) for section in SECTIONS]
    if all(shapes):
        check_features(pages, model)
        own = document.get("hl:constraints", [])
        inherited = len(model.get("hl:constraints", [])) - len(own) if isinstance(own, list) else 0
        check_constraints(pages, model, own, inherited)


def _check_section(pages: Pages, section: str, entries: Any) -> bool:
    """Check the affordances that stand in this file; return whether the section has the right shape at all."""
    if not isinstance(entries, Mapping) or not all(isinstance(body, Mapping) for body in entries.values()):
        pages.report(f"/{section}", "must map names to mappings")
        return False
    for name, schema in entries.items():
        pointer = f"/{section}{pointer_to(name)}"
        if pages.holds(pointer):
            _CHECKS[section](pages, pointer, schema)
    return True


def _check_nulls(pages: Pages, path: Path, document: Document) -> None:
    """Report members without a value: null takes out what a parent or reference brings, and means nothing elsewhere."""
    parent = parent_of(document)
    try:
        inherited = resolve(Path(parent).name, _Shelf(path, document)) if parent else {}
    except (ProfileInvalid, AttributeError, TypeError, KeyError):
        return
    for pointer in _nulls(document, ""):
        try:
            follow(inherited, pointer)
        except KeyError:
            pages.report(pointer, "has no value: give it one, or put the text before it in quotes (an unquoted one ends at a comma)")


def _nulls(node: Any, pointer: str) -> Iterator[str]:
    if isinstance(node, dict) and "tm:ref" not in node:
        for key, value in node.items():
            if value is None:
                yield f"{pointer}{pointer_to(key)}"
            yield from _nulls(value, f"{pointer}{pointer_to(key)}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nulls(value, f"{pointer}/{index}")


class _Shelf:
    """Reads the files a profile refers to: beside it, else the standard's."""

    def __init__(self, path: Path, document: Document) -> None:
        self._folder = path.parent
        self._read: dict[str, Document] = {path.name: document}

    def __call__(self, name: str) -> Document:
        """Return the content of the file called `name`."""
        if name not in self._read:
            beside = self._folder / name
            path = beside if beside.is_file() else PROFILES / name
            self._read[name] = _unchanged(path, path.stat().st_mtime_ns) if path.is_file() else read_yaml(path)
        return self._read[name]


@lru_cache(maxsize=32)
def _unchanged(path: Path, _modified: int) -> Document:
    return read_yaml(path)
