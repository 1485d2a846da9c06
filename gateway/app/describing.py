"""A home as a document: its appliances, rooms, names, links and scenes, nothing secret; and another hub that becomes like it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from gateway.discovery import Discovery, EntryState
from gateway.discovery.manifest import HEADS, VERSION, Row, rows_of, written
from gateway.errors import HulianError, SchemaViolation, StateConflict
from gateway.home.expected import Awaited, AwaitedLink
from gateway.home.home import Home
from gateway.home.links.relation import RELATIONS
from gateway.profile.findings import Finding, Pages, joined, pointer_to
from gateway.profile.library import Library
from gateway.scenes.scenes import Scenes
from gateway.thing.principal import Principal

HEAD: Final = HEADS[1]
_KNOWN: Final = frozenset({HEAD, "exported", "hub", "rooms", "devices", "links", "scenes"})
_INTRODUCTION: Final = """\
# A description of a home: its appliances, where they stand and what they are called, what hangs on what, and its scenes. No keys.
# On another hub: hulian home import FILE; then pair the appliances as usual, or hulian bulk FILE.
"""


class Describing:
    """Both ways, over one home."""

    def __init__(self, home: Home, scenes: Scenes, discovery: Discovery, library: Library) -> None:
        self._home = home
        self._scenes = scenes
        self._discovery = discovery
        self._library = library

    def text(self) -> str:
        """Return the home as YAML."""
        rooms = sorted({room for row in self._home.inventory() if (room := row["room"])})
        now = datetime.now(UTC).isoformat(timespec="seconds")
        head = {HEAD: VERSION, "exported": now, "hub": self._home.identifier, "rooms": rooms}
        lines = [*written(map(self._row, self._home.devices()), head)]
        ties = self._home.links.all()
        lines += ["links:"] if ties else ["links: []"]
        lines += [f"  - {{device: {_quoted(tie.source)}, relation: {tie.relation.word}, other: {_quoted(tie.target)}}}" for tie in ties]
        names = self._scenes.in_order()
        lines += ["scenes:"] if names else ["scenes: []"]
        for name in names:
            lines += _block(self._scenes.text(name).text)
        return _INTRODUCTION + "\n".join(lines) + "\n"

    async def take(self, text: str, by: Principal, *, dry_run: bool) -> dict[str, Any]:
        """Become like a described home, as far as its appliances are here, and await the rest; raise SchemaViolation with `findings`."""
        rows, pages = await asyncio.to_thread(rows_of, text, "home", self._library.kinds())
        links, scenes = _links(pages), _scenes(pages)
        _check(pages, rows)
        if pages.findings:
            first, *_ = findings = sorted(pages.findings)
            raise SchemaViolation(f"line {first.line}: {first.message}", findings=list(map(_told, findings)))
        done = {"devices": [self._standing(row) for row in rows], "scenes": [{"line": line} for line, _ in scenes], "links": len(links)}
        if dry_run:
            return done
        problems = [problem for row in rows if (problem := await self._expect(row))]
        await self._home.expected.add({row.id: _awaited(row) for row in rows if row.id not in self._home.devices()}, links)
        await self._home.expect_links()
        kept = [await self._keep(line, scene, by) for line, scene in scenes]
        return done | {"scenes": kept, "problems": problems}

    def _row(self, device: str) -> dict[str, Any]:
        twin, identity = self._home.twin(device), self._home.names.identity(device)
        row: dict[str, Any] = {"id": device, "kind": twin.description.kind, "title": twin.description.title}
        row |= {"name": twin.label.name, "room": twin.room, "tags": list(twin.tags)}
        if identity.driver:
            row["unit"] = f"{identity.driver}:{identity.key}"
        if identity.device != device:
            row["own"] = identity.device
        needs = self._discovery.needs(identity.driver, identity.key)
        return row | ({"needs": list(needs)} if needs else {})

    async def _expect(self, row: Row) -> str:
        """Have a device take its labels now or when it comes; return why it cannot have its id, "" where it can."""
        try:
            if row.own and row.own != row.id:
                await self._home.names.expect(row.own, row.id)
            if row.id in self._home.devices():
                await self._home.rename(row.id, row.name)
                await self._home.place(row.id, row.room)
                await self._home.tag(row.id, row.tags or ())
        except StateConflict as error:
            return error.detail
        return ""

    def _standing(self, row: Row) -> dict[str, Any]:
        """Return where a described device stands here: in the home, waiting, or not found."""
        entry = next((each for each in self._discovery.inbox() if row.unit in {each.name, each.key}), None)
        state = "here" if row.id in self._home.devices() else "notFound"
        if state == "notFound" and entry is not None and entry.state is EntryState.PENDING:
            state = "waits"
        missing = list(self._discovery.missing(entry)) if entry is not None and state == "waits" else []
        return {"id": row.id, "name": row.name, "room": row.room, "kind": row.kind, "unit": row.unit, "state": state, "missing": missing}

    async def _keep(self, line: int, text: str, by: Principal) -> dict[str, Any]:
        try:
            version, findings = await self._scenes.put(text, by)
        except HulianError as error:
            return {"line": line, "problem": str(error)}
        return {"line": line, "scene": version.scene, "version": version.number, "remarks": [finding.message for finding in findings]}


def _block(text: str) -> list[str]:
    """Return a text as an item of a YAML list, line by line where it can be read like that."""
    lines = text.rstrip("\n").split("\n")
    first = next((line for line in lines if line.strip()), " ")
    if first[0].isspace() or any(not letter.isprintable() for line in lines for letter in line):
        return [f"  - {_quoted(text)}"]
    return ["  - |", *(f"    {line}" if line.strip() else "" for line in lines)]


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _awaited(row: Row) -> Awaited:
    return Awaited(name=row.name, room=row.room, tags=row.tags or ())


def _check(pages: Pages, rows: tuple[Row, ...]) -> None:
    """Report what a list of appliances may leave out and a description may not."""
    if HEAD not in pages.document:
        pages.report("", f"is no description of a home: it has no `{HEAD}: {VERSION}`", rule="home-version")
    for name in pages.document:
        if name not in _KNOWN:
            pages.report(pointer_to(name), f"is not known here; known are {joined(_KNOWN)}", rule="home-member")
    for row in rows:
        if not row.id:
            pages.findings.append(Finding(pages.path, row.line, "", "has no id: every device of a description has one", rule="home-device"))


def _links(pages: Pages) -> list[AwaitedLink]:
    links = []
    for number, link in enumerate(_listed(pages, "links")):
        words = [link.get(word) if isinstance(link, Mapping) else None for word in ("device", "relation", "other")]
        if not all(isinstance(word, str) and word for word in words) or words[1] not in RELATIONS:
            pages.report(pointer_to("links", number), f"needs device, relation ({', '.join(RELATIONS)}) and other", rule="home-link")
            continue
        links.append(AwaitedLink(source=str(words[0]), relation=str(words[1]), target=str(words[2])))
    return links


def _scenes(pages: Pages) -> list[tuple[int, str]]:
    scenes = []
    for number, text in enumerate(_listed(pages, "scenes")):
        at = pointer_to("scenes", number)
        if isinstance(text, str):
            scenes.append((pages.line_of(at), str(text)))
        else:
            pages.report(at, "is the text of a scene, after `|`", rule="home-scene")
    return scenes


def _listed(pages: Pages, name: str) -> list[Any]:
    found = pages.document.get(name) or []
    if not isinstance(found, list):
        pages.report(pointer_to(name), "is a list", rule="home-shape")
        return []
    return found


def _told(finding: Finding) -> dict[str, Any]:
    return {"line": finding.line, "pointer": finding.pointer, "message": finding.message, "rule": finding.rule}
