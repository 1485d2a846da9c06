"""Taking in what a list names: row by row, each step done once however often the list is gone through, and the truth about every row."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.discovery.manifest import Row
from gateway.errors import CommandError, StateConflict
from gateway.thing.clock import Clock

LOOK_AGAIN: Final = 1.0
"""Seconds between two looks into the inbox."""
AT_ONCE: Final = 50
"""Rows looked at before others have their turn."""
DONE: Final = "done"
WORDS: Final = {
    "done": "in the home",
    "notFound": "not found",
    "wrongKind": "of another kind",
    "needsKey": "needs a key",
    "failed": "could not be taken in",
    "notHeard": "taken in, and not heard yet",
}
"""How a row ended, and what that is in words; everything but the first is still to be done."""
Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Does a call of the hub by its name, with its arguments: over the control socket, or within the hub itself."""
Tell = Callable[[int, int, str], None]
"""Told after each step: how many rows are done, of how many, and what was done."""


@dataclass(slots=True, kw_only=True)
class Fate:
    """What became of a row so far. `unit`: the one it is, "" while nobody was found; `new`: what was changed by this run, in words."""

    row: Row
    state: str = "notFound"
    unit: str = ""
    devices: list[str] = field(default_factory=list)
    why: str = ""
    new: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without anything secret."""
        row = {name: getattr(self.row, name) for name in ("line", "name", "room", "kind", "address")}
        return {**row, "state": self.state, "unit": self.unit, "devices": self.devices, "why": self.why, "changed": self.new}


class Joining:
    """`ask`: the hub; `tell` hears of progress; `patience`: seconds to go on looking for what is not there yet."""

    def __init__(self, ask: Ask, rows: Sequence[Row], *, patience: float, tell: Tell, clock: Clock) -> None:
        self.fates = [Fate(row=row) for row in rows]
        self._ask = ask
        self._clock = clock
        self._patience = patience
        self._tell = tell
        self._inbox: dict[str, Mapping[str, Any]] = {}
        self._carried: dict[str, list[str]] = {}
        self._home: dict[str, Mapping[str, Any]] = {}
        self._reasons: dict[str, str] = {}
        self._tried: set[str] = set()

    async def look(self) -> None:
        """Find out who is who now; nothing is changed."""
        self._inbox = {entry["unit"]: entry for entry in await self._ask("inbox", {})}
        sessions = {f"{each['driver']}:{each['key']}": each for each in (await self._ask("status", {}))["sessions"]}
        self._carried = {unit: list(each["devices"]) for unit, each in sessions.items()}
        self._reasons = {unit: str(each["reason"] or each["state"]) for unit, each in sessions.items()}
        self._home = {device["id"]: device for device in (await self._ask("devices", {}))["devices"]}
        for number, fate in enumerate(self.fates):
            self._recognise(fate)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # a long list must not hold up whoever else is on the loop

    async def run(self) -> None:
        """Take in what is there and what comes in time."""
        hosts = [{"host": fate.row.address, "driver": fate.row.driver} for fate in self.fates if fate.row.address]
        await self._ask("look", {"hosts": hosts})
        await self._keep_ahead()
        end, changed = self._clock.monotonic() + self._patience, True
        while changed or self._clock.monotonic() < end:
            await self.look()
            changed = sum([await self._step(fate) for fate in self.fates]) > 0  # every one of them, not only up to the first
            if all(fate.state in {DONE, "wrongKind", "needsKey", "failed"} for fate in self.fates):
                return
            if not changed and self._clock.monotonic() < end:
                await self._clock.sleep(LOOK_AGAIN)

    def others(self) -> list[Mapping[str, Any]]:
        """Return what was found, waits or is in the home, and stands in no row."""
        mine = {fate.unit for fate in self.fates}
        return [entry for unit, entry in self._inbox.items() if unit not in mine and entry["state"] != "ignored"]

    def left(self, *, dry_run: bool) -> list[Fate]:
        """Return the rows that are not in the home; in a dry run without those that would be taken in."""
        return [fate for fate in self.fates if fate.state != DONE and not (dry_run and fate.state == "waiting")]

    def document(self, *, dry_run: bool) -> dict[str, Any]:
        """Return how it went as JSON: each row, how many are missing, and who stands in no row."""
        others = [{name: entry[name] for name in ("unit", "state")} for entry in self.others()]
        return {"rows": [fate.document() for fate in self.fates], "missing": len(self.left(dry_run=dry_run)), "others": others}

    # One row

    def _recognise(self, fate: Fate) -> None:
        unit = fate.unit or next((unit for unit, entry in self._inbox.items() if _is(fate.row, entry, self._carried.get(unit, []))), "")
        fate.unit = unit
        fate.devices = [device for device in self._carried.get(unit, []) if device in self._home]
        if not unit:
            fate.state = "notFound"
            return
        entry = self._inbox.get(unit)
        fate.state, fate.why = self._standing(fate, entry)

    def _standing(self, fate: Fate, entry: Mapping[str, Any] | None) -> tuple[str, str]:
        if entry is None:
            return "notFound", ""
        kinds = {str(self._home[device]["kind"]) for device in fate.devices} or {str(entry["kind"] or "")} - {""}
        if fate.row.kind and kinds and fate.row.kind not in kinds:
            return "wrongKind", f"it is {', '.join(sorted(kinds))}, and {fate.row.kind} was expected"
        if entry["state"] == "accepted":
            return (DONE, "") if fate.devices else ("notHeard", self._reasons.get(fate.unit, ""))
        if fate.state == "failed":
            return "failed", fate.why
        lacking = [need for need in entry["missing"] if need not in fate.row.credentials]
        if lacking:
            return "needsKey", f"it asks for {' and '.join(lacking)}: `hulian guide {entry['driver']}` tells where that is"
        return "waiting", ""

    async def _step(self, fate: Fate) -> bool:
        """Do what can be done for a row now; return whether anything was."""
        before = len(fate.new)
        if fate.state == "waiting" and fate.unit not in self._tried:
            self._tried.add(fate.unit)
            await self._accept(fate)
        if fate.state == DONE:
            await self._label(fate)
        if len(fate.new) > before:
            self._tell(sum(each.state == DONE for each in self.fates), len(self.fates), f"{fate.row.said}: {', '.join(fate.new[before:])}")
        return len(fate.new) > before

    async def _accept(self, fate: Fate) -> None:
        try:
            await self._ask("accept", {"unit": fate.unit, "answers": dict(fate.row.credentials)})
        except StateConflict:
            fate.new.append("accepted")  # by itself: its secret was in the vault already
        except CommandError as error:
            fate.state, fate.why = "failed", error.detail
        else:
            fate.new.append("accepted")

    async def _label(self, fate: Fate) -> None:
        for number, device in enumerate(fate.devices):
            known = self._home[device]
            if fate.row.room and fate.row.room != known["room"]:
                await self._ask("room", {"device": device, "room": fate.row.room})
                fate.new.append(f"room {fate.row.room}")
            if fate.row.tags is not None and list(fate.row.tags) != list(known["tags"]):
                await self._ask("tag", {"device": device, "tags": list(fate.row.tags)})
                fate.new.append("tags")
            if number == 0 and fate.row.name and fate.row.name != known["name"]:
                await self._ask("name", {"device": device, "name": fate.row.name})
                fate.new.append("name")

    async def _keep_ahead(self) -> None:
        """Let the vault have the secrets of what is named in full and was not found yet: it is taken in once it is seen."""
        await self.look()
        for fate in self.fates:
            driver, colon, key = fate.row.unit.partition(":")
            if fate.unit or not colon or not fate.row.credentials:
                continue
            try:
                await self._ask("vault-import", {"driver": driver, "key": key, "credentials": dict(fate.row.credentials)})
            except CommandError as error:
                fate.state, fate.why = "failed", error.detail
            else:
                fate.new.append("its secrets are in the vault")


def _is(row: Row, entry: Mapping[str, Any], devices: Iterable[str]) -> bool:
    """Return whether an entry of the inbox, which carries these devices, is what a row means."""
    if row.driver and row.driver != entry["driver"]:
        return False
    if row.unit:
        return row.unit in {entry["unit"], entry["key"]}
    if row.id and (row.id in devices or (entry["driver"] == "native" and row.id == entry["key"])):
        return True
    return bool(row.address) and row.address == entry["address"] and (not row.kind or not entry["kind"] or entry["kind"] == row.kind)
