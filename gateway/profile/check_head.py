"""Rules for the top of a profile file: version, kind, class, maturity."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.profile.findings import Pages, Severity, pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.resolver import Document

_VERSION = re.compile(r"([1-9][0-9]*)\.[0-9]+\.[0-9]+\Z")
_FILE = re.compile(r"([a-z][a-z0-9-]*)-([1-9][0-9]*)\Z")
_CLASSES = ("appliance", "sensor", "media", "security", "care", "accessory", "gateway")
_MATURITIES = ("draft", "stable")
_TOP_TERMS = frozenset({"hl:kind", "hl:class", "hl:maturity", "hl:features", "hl:constraints"})


def check_head(pages: Pages, document: Document) -> None:
    """Check what stands at the top of a file, and that the file is named for it."""
    version = document.get("version")
    model = version.get("model") if isinstance(version, Mapping) else None
    match = _VERSION.match(model) if isinstance(model, str) else None
    if match is None:
        pages.report("/version/model", f"must be a version such as 1.0.0 in quotes, not {shown(model)}", rule="version-form")
    if document.get("hl:maturity") not in _MATURITIES:
        pages.report(
            "/hl:maturity", "must be draft, or stable once two independent implementations pass every test", rule="maturity-unknown"
        )
    name = _FILE.match(pages.path.stem)
    if name is not None and match is not None and match[1] != name[2]:
        pages.report("/version/model", f"major version {match[1]} does not agree with the file name {pages.path.name}", rule="version-file")
    if "hl:kind" in document:
        _check_kind(pages, document, name[1] if name else None)
    for term in document:
        if term.startswith("hl:") and term not in _TOP_TERMS:
            pages.report(
                pointer_to(term), f"{term} is not in the vocabulary and is ignored", rule="term-unknown", severity=Severity.WARNING
            )


def _check_kind(pages: Pages, document: Document, name: str | None) -> None:
    if name != document["hl:kind"]:
        wanted = f"{document['hl:kind']}-1.yaml"
        pages.report("/hl:kind", f"must be the file's name without its version: call the file {wanted}", rule="kind-file")
    if document.get("hl:class") not in _CLASSES:
        pages.report("/hl:class", f"must be one of {', '.join(_CLASSES)}", rule="class-unknown")
    if not _names_parent(document.get("links")):
        pages.report("/links", "a kind extends ./appliance-base-1.yaml: add a link with rel tm:extends", rule="parent-missing")


def _names_parent(links: Any) -> bool:
    return isinstance(links, list) and any(isinstance(link, Mapping) and link.get("rel") == "tm:extends" for link in links)
