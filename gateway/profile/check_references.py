"""Rules for `tm:ref` and `tm:extends`: each leads somewhere, and none leads back to itself.

What a broken one would bring is set aside, so that the rest of the file can still be checked.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from gateway.errors import ProfileInvalid
from gateway.profile.check_yaml import read_pages
from gateway.profile.findings import Pages, pointer_to
from gateway.profile.library import PROFILES
from gateway.profile.plain_value import shown
from gateway.profile.resolver import MAX_DEPTH, Document, flatten, follow, parent_of, read_yaml

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


class Shelf:
    """Reads the files a profile refers to: beside it, else the standard's. A `Reader` of the resolver."""

    def __init__(self, path: Path, document: Document) -> None:
        self.own = path.name
        self._folder = path.parent
        self._read: dict[str, Document] = {path.name: document}

    def __call__(self, name: str) -> Document:
        """Return the content of the file called `name`; raise ProfileInvalid where it cannot be read."""
        if name not in self._read:
            if not _FILE_NAME.match(name):
                raise ProfileInvalid(f"{shown(name)} is no file name", path=self.own)
            path = self._path(name)
            self._read[name] = _unchanged(path, path.stat().st_mtime_ns) if path.is_file() else read_yaml(path)
        return self._read[name]

    def put(self, document: Document) -> None:
        """Let the file under check be `document` from here on."""
        self._read[self.own] = document

    def place(self, name: str, pointer: str) -> str:
        """Return where `pointer` stands, in words: file, line and pointer."""
        path = self._path(name)
        line = _pages(path, path.stat().st_mtime_ns).line_of(pointer) if path.is_file() else 1
        return f"{name}:{line} {pointer}"

    def _path(self, name: str) -> Path:
        beside = self._folder / name
        return beside if beside.is_file() else PROFILES / name


@lru_cache(maxsize=128)
def _unchanged(path: Path, _modified: int) -> Document:
    return read_yaml(path)


@lru_cache(maxsize=16)
def _pages(path: Path, _modified: int) -> Pages:
    return read_pages(path)


@dataclass(frozen=True, slots=True)
class Reference:
    """A `tm:ref`: the file and the object it stands in, and what it says."""

    file: str
    pointer: str
    text: Any = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Broken:
    """Why a reference brings nothing: the rule, and the reference where the mistake stands."""

    rule: str
    message: str
    at: Reference


def check_references(pages: Pages, shelf: Shelf, document: Document) -> Document:
    """Report every reference that brings nothing; return the document without them, which `shelf` has from here on."""
    tracer = _Tracer(shelf)
    sound: Document = deepcopy(document)
    told: set[_Broken] = set()
    for reference in [*references_in(document, shelf.own, "")]:
        broken = tracer.follow(reference, ())
        if broken is None:
            continue
        if broken.at.file != shelf.own:
            place = shelf.place(broken.at.file, broken.at.pointer)
            pages.report(f"{reference.pointer}/tm:ref", f"leads to {place}, which {broken.message}", rule=broken.rule)
        elif broken not in told:
            told.add(broken)
            pages.report(f"{broken.at.pointer}/tm:ref", broken.message, rule=broken.rule)
        pages.set_aside(reference.pointer)
        follow(sound, reference.pointer).pop("tm:ref", None)
    shelf.put(sound)
    return sound


def check_parent(pages: Pages, shelf: Shelf, document: Document) -> tuple[Document, Document]:
    """Report a parent that is not there or is the file itself; return the document (without it) and the flat parent ({}: none)."""
    document = _with_links(pages, document)
    shelf.put(document)
    href = parent_of(document)
    if href is None:
        return document, {}
    problem = _parent_problem(shelf)
    if problem is None:
        try:
            return document, flatten(PurePosixPath(href).name, shelf)
        except ProfileInvalid as error:
            problem = "parent-dangling", f"extends {href}, which cannot be resolved: {error.message}"
        except (AttributeError, TypeError, KeyError):
            problem = "parent-dangling", f"extends {href}, which has mistakes of its own: check that file first"
    pages.report("/links", problem[1], rule=problem[0])
    pages.parent_known = False
    document = {**document, "links": [link for link in document["links"] if link.get("rel") != "tm:extends"]}
    shelf.put(document)
    return document, {}


def _with_links(pages: Pages, document: Document) -> Document:
    links = document.get("links", [])
    if not isinstance(links, list):
        pages.report("/links", "must be a list of links, such as [{rel: tm:extends, href: ./appliance-base-1.yaml}]", rule="link-shape")
        return {key: value for key, value in document.items() if key != "links"}
    for index, link in enumerate(links):
        if not isinstance(link, Mapping) or not isinstance(link.get("href"), str):
            pages.report(f"/links/{index}", "must be a mapping with rel and href", rule="link-shape")
    good = [link for link in links if isinstance(link, Mapping) and isinstance(link.get("href"), str)]
    if sum(link.get("rel") == "tm:extends" for link in good) > 1:
        pages.report("/links", "names more than one parent: extend one, and take the rest by tm:ref", rule="parent-several")
    return {**document, "links": good} if links else document


def _parent_problem(shelf: Shelf) -> tuple[str, str] | None:
    """Return rule and message where the chain of parents ends in nothing or comes back."""
    trail = [shelf.own]
    while (href := parent_of(shelf(trail[-1]))) is not None:
        name = PurePosixPath(href).name
        if name in trail:
            places = [shelf.place(file, "/links") for file in [*trail[trail.index(name) :], name]]
            return "parent-cycle", f"extends itself: {' -> '.join(places)}"
        try:
            shelf(name)
        except ProfileInvalid as error:
            by = "" if len(trail) == 1 else f" through {' -> '.join(trail[1:])}"
            return "parent-dangling", f"extends {href}{by}: {error.message}"
        trail.append(name)
    return None


class _Tracer:
    """Follows references through all files, each once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: dict[Reference, _Broken | None] = {}

    def follow(self, reference: Reference, trail: tuple[Reference, ...]) -> _Broken | None:
        """Return why it brings nothing, or None; `trail`: the references that led here."""
        if reference in trail:
            return self._cycle(trail[trail.index(reference) :])
        if len(trail) > MAX_DEPTH:
            return _Broken("reference-depth", f"goes through more than {MAX_DEPTH} references", trail[0])
        if reference not in self._known:
            self._known[reference] = self._judged(reference, trail)
        return self._known[reference]

    def _judged(self, reference: Reference, trail: tuple[Reference, ...]) -> _Broken | None:
        if not isinstance(reference.text, str):
            return _Broken("reference-dangling", f"must be text such as ./file.yaml#/pointer, not {shown(reference.text)}", reference)
        href, _, pointer = reference.text.partition("#")
        file = PurePosixPath(href).name or reference.file
        try:
            target = follow(self._shelf(file), pointer)
        except ProfileInvalid as error:
            return _Broken("reference-dangling", f"refers to {href}: {error.message}", reference)
        except KeyError:
            return _Broken("reference-dangling", f"{pointer} is not in {file}: correct the pointer", reference)
        inner = (self.follow(each, (*trail, reference)) for each in references_in(target, file, pointer))
        return next((broken for broken in inner if broken is not None), None)

    def _cycle(self, cycle: tuple[Reference, ...]) -> _Broken:
        """Return the cycle as told from one fixed place, preferably of the file under check."""
        first = min(cycle, key=lambda each: (each.file != self._shelf.own, each.file, each.pointer))
        start = cycle.index(first)
        ring = [*cycle[start:], *cycle[:start], first]
        return _Broken(
            "reference-cycle", f"refers to itself: {' -> '.join(self._shelf.place(each.file, each.pointer) for each in ring)}", first
        )


def references_in(node: Any, file: str, pointer: str) -> Iterator[Reference]:
    """Yield every `tm:ref` at or below `node`, which stands in `file` at `pointer`."""
    if isinstance(node, dict):
        if "tm:ref" in node:
            yield Reference(file, pointer, node["tm:ref"])
        for key, value in node.items():
            if key != "tm:ref":
                yield from references_in(value, file, f"{pointer}{pointer_to(key)}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from references_in(value, file, f"{pointer}/{index}")
