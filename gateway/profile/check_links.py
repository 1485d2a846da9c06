"""Rules for `tm:submodel` links: a composite kind names each part by the kind it is, and no kind is a part of itself."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from gateway.errors import ProfileInvalid
from gateway.profile.check_references import Shelf
from gateway.profile.findings import Pages
from gateway.profile.plain_value import shown
from gateway.profile.resolver import MAX_DEPTH

_FILE = re.compile(r"[a-z][a-z0-9-]*-[1-9][0-9]*\.yaml\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")


def check_links(pages: Pages, shelf: Shelf) -> None:
    """Check every link to a part that stands in this file."""
    names: set[str] = set()
    for index, link in enumerate(_links(pages.document)):
        if link.get("rel") != "tm:submodel":
            continue
        pointer = f"/links/{index}"
        if (problem := _target_problem(shelf, link.get("href"))) is not None:
            pages.report(f"{pointer}/href", problem[1], rule=problem[0])
        name = link.get("instanceName")
        if not isinstance(name, str) or not _NAME.match(name):
            pages.report(
                pointer, f"needs instanceName, a short name of the part such as hood or left-oven, not {shown(name)}", rule="part-name"
            )
        elif name in names:
            pages.report(f"{pointer}/instanceName", f"{shown(name)} is taken: every part has its own name", rule="part-name")
        names.add(str(name))


def _target_problem(shelf: Shelf, href: Any) -> tuple[str, str] | None:
    """Return rule and message where a part is no kind, or has the whole as a part."""
    if not isinstance(href, str) or not _FILE.match(PurePosixPath(href).name):
        return "part-dangling", f"must name the profile of a kind, such as ./gas-hob-1.yaml, not {shown(href)}"
    try:
        part = shelf(PurePosixPath(href).name)
    except ProfileInvalid as error:
        return "part-dangling", f"names {href} as a part: {error.message}"
    if "hl:kind" not in part:
        return "part-dangling", f"names {href}, which is no kind: a part is an appliance of its own kind"
    if shelf.own in _parts(shelf, PurePosixPath(href).name):
        return "part-cycle", f"names {href}, of which this kind is a part itself"
    return None


def _parts(shelf: Shelf, name: str) -> set[str]:
    """Return a file and all its parts' files, those of the parts included; one that cannot be read has none."""
    found: set[str] = set()
    edge = {name}
    for _ in range(MAX_DEPTH):
        found |= edge
        edge = {part for each in edge for part in _part_names(shelf, each)} - found
    return found


def _part_names(shelf: Shelf, name: str) -> Iterable[str]:
    try:
        links = _links(shelf(name))
    except ProfileInvalid:
        return ()
    return [PurePosixPath(str(link.get("href"))).name for link in links if link.get("rel") == "tm:submodel"]


def _links(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the links in their order; one that is no mapping counts as empty, for it is reported elsewhere."""
    links = document.get("links")
    return [link if isinstance(link, Mapping) else {} for link in links] if isinstance(links, list) else []
