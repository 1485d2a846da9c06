"""Another appliance in the place of one, through all rooms: devices of the home, scenes that mean them, units, sessions and secrets."""

from typing import Any

from gateway.discovery import Discovery
from gateway.discovery.credentials import Credentials
from gateway.drivers.spi import Kept
from gateway.drivers.supervisor import Supervisor
from gateway.errors import StorageFailed
from gateway.home.home import Home
from gateway.home.replacement.note import Note
from gateway.home.replacement.replacing import Comparison, Unit
from gateway.scenes.needs import Need, mentions, unmet
from gateway.scenes.scenes import Scenes
from gateway.thing.log import Log
from gateway.trust.journal import Journal

_log = Log()


class Replacement:
    """What the control socket and other faces are lent. The order matters: stored first, in one piece, then done."""

    def __init__(
        self,
        home: Home,
        scenes: Scenes,
        discovery: Discovery,
        supervisor: Supervisor,
        *,
        credentials: Credentials,
        kept: Kept | None,
        journal: Journal,
    ) -> None:
        self._home = home
        self._scenes = scenes
        self._discovery = discovery
        self._supervisor = supervisor
        self._credentials = credentials
        self._kept = kept
        self._journal = journal

    def plan(self, old: str, new: str, *, force: bool) -> dict[str, Any]:
        """Return what a replacement would mean, as plain data; raise Unknown, StateConflict for one that makes no sense."""
        return self._document(self._home.replacing.compare(old, new, force=force))

    async def replace(self, old: str, new: str, by: str, *, force: bool) -> dict[str, Any]:
        """Put the new one in the place of the old one; raise likewise, and StorageFailed: then everything is as it was."""
        comparison = self._home.replacing.compare(old, new, force=force)
        document = self._document(comparison)
        carrier, successor = self._home.names.identity(old), self._home.names.identity(new)
        unit, earlier = self._unit(carrier.driver, carrier.key), self._earlier(old)
        await self._home.replacing.replace(comparison, unit)
        if unit.aside is not None:
            self._discovery.put_aside(carrier.driver, carrier.key)
            await self._supervisor.remove(carrier.driver, carrier.key)
        elif carrier.driver:
            self._supervisor.again(carrier.driver, carrier.key)
        self._supervisor.again(successor.driver, successor.key)
        if earlier is not None:
            await self._drop(earlier)
        await self._write_down("replaced", by, old, new)
        return document

    async def take_back(self, device: str, by: str) -> dict[str, Any]:
        """Have the one that was replaced in its place again; raise Unknown, StateConflict, StorageFailed."""
        note = self._home.replacing.note(device)
        successor = self._home.names.identity(device)
        inbox = () if note.aside is None else self._discovery.as_accepted(note.aside)
        await self._home.replacing.take_back(device, inbox)
        if note.aside is not None:
            self._discovery.bring_back(note.aside)
        else:
            former = self._home.names.identity(device)
            self._supervisor.again(former.driver, former.key)
        self._supervisor.again(successor.driver, successor.key)
        await self._write_down("replacement taken back", by, device, note.new.description.id)
        return {"device": device, "kind": note.old.description.kind, "other": note.new.description.id, "again": note.aside is not None}

    async def forget(self, device: str) -> None:
        """Have what is kept of the one that stood there before gone with the device that is being removed."""
        if (note := self._earlier(device)) is not None:
            await self._drop(note)

    def _document(self, comparison: Comparison) -> dict[str, Any]:
        old, new = comparison.old, comparison.new
        scenes = self._scenes.readable()
        needs = (*unmet(scenes, old, comparison.stand_in), *mentions(scenes, new.id, *filter(None, [new.label.name])))
        carrier = self._home.names.identity(old.id)
        return {
            "old": {"id": old.id, "name": old.name, "kind": old.description.kind, "room": old.room, "online": old.online},
            "new": {"id": new.id, "name": new.name, "kind": new.description.kind, "room": new.room, "online": new.online},
            "lacks": [{"what": lack.what, "name": lack.name, "why": lack.why, "text": lack.sentence()} for lack in comparison.lacks],
            "gains": list(comparison.gains),
            "scenes": [_need(need) for need in needs],
            "links": [f"{tie.source} {tie.relation.word} {tie.target}" for tie in comparison.links],
            "stays": self._unit(carrier.driver, carrier.key).stays,
        }

    def _unit(self, driver: str, key: str) -> Unit:
        """Return what becomes of the unit that carries the old one: put aside where it carries nothing else."""
        if not driver or len(self._home.names.carried_by(driver, key)) > 1:
            return Unit(stays=bool(driver))
        found = self._discovery.to_put_aside(driver, key)
        return Unit() if found is None else Unit(aside=found[0], inbox=(found[1],))

    def _earlier(self, device: str) -> Note | None:
        return self._home.replacing.note(device) if device in self._home.replacing.since() else None

    async def _drop(self, note: Note) -> None:
        """Forget the secrets, and what its driver kept, of a unit that can be brought back no more; unless it is in the home again."""
        if note.aside is None:
            return
        driver, key = str(note.aside["driver"]), str(note.aside["key"])
        if not self._discovery.is_registered(driver, key):
            await self._credentials.forget(driver, key)
            if self._kept is not None:
                await self._kept.put(driver, key, {})

    async def _write_down(self, what: str, by: str, device: str, other: str) -> None:
        try:
            await self._journal.record(what, actor=by, target=device, other=other)
        except StorageFailed as error:
            _log.error("who replaced is not stored", device=device, actor=by, reason=str(error))


def _need(need: Need) -> dict[str, Any]:
    return {"scene": need.scene, "line": need.line, "text": need.text}
