"""What the control socket can be asked. Whoever can open the socket owns the data folder, so is the owner `local`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

from gateway.discovery import Discovery, EntryState
from gateway.discovery.entry import plain
from gateway.errors import BadSyntax, Unknown
from gateway.faces.control.meaning import NEAREST, meant, nearest
from gateway.faces.control.server import Call, Tell
from gateway.faces.control.standing import standing
from gateway.faces.control.telling import change_document
from gateway.faces.payload import devices_now, expiry, number
from gateway.home.home import Home
from gateway.home.twin import Twin
from gateway.profile.thing_description import thing_id
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL

MOST_HISTORY = 10_000
MOST_HOSTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What `app` lends to the control socket beside the home: things that touch more than one room."""

    status: Callable[[], Mapping[str, Any]]
    forget: Callable[[str], Awaitable[None]]
    doctor: Callable[[], list[dict[str, Any]]]


class Calls:
    """The calls over one home."""

    def __init__(self, home: Home, discovery: Discovery, operations: Operations, clock: SystemClock) -> None:
        self._home = home
        self._discovery = discovery
        self._operations = operations
        self._clock = clock

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {
            "status": self._status,
            "devices": self._devices,
            "show": self._show,
            "td": self._td,
            "command": self._command,
            "watch": self._watch,
            "history": self._history,
            "inbox": self._inbox,
            "look": self._look,
            "accept": self._accept,
            "ignore": self._ignore,
            "name": self._name,
            "room": self._room,
            "tag": self._tag,
            "forget": self._forget,
            "doctor": self._doctor,
            "advance": self._advance,
        }

    def device(self, arguments: Mapping[str, Any]) -> str:
        """Return the id of the device meant by `device`: an id, a name, or enough of one to be the only one."""
        wanted = _text(arguments, "device")
        devices = self._home.devices()
        if wanted in devices:
            return wanted
        names = {device: self._home.twin(device).name for device in devices}
        found = meant(wanted, names)
        if len(found) == 1:
            return found[0]
        known = ", ".join(self._called(device) for device in found or nearest(wanted, names)) or "none yet"
        more = "" if found or len(devices) <= NEAREST else f", and {len(devices) - NEAREST} more (hulian devices)"
        raise Unknown(f"{'more than one device is meant by' if found else 'there is no device'} {wanted!r}: {known}{more}")

    def _called(self, device: str) -> str:
        """Return a device's id, and what people call it: of several that begin alike the ids alone tell nothing."""
        name = self._home.twin(device).name
        return f"{device} ({name})" if name else device

    async def _status(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._operations.status()

    async def _devices(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        waiting = sum(1 for entry in self._discovery.inbox() if entry.state is EntryState.PENDING)
        return {"devices": devices_now(self._home), "waiting": waiting, "refused": len(self._refused())}

    async def _show(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self.device(arguments)
        twin = self._home.twin(device)
        entry = next(entry for entry in devices_now(self._home) if entry["id"] == device)
        properties = {
            name: {"schema": spec.schema, "readOnly": spec.read_only, "private": spec.private, "unit": spec.unit}
            | ({"withheld": spec.reason} if spec.withheld else {})
            for name, spec in twin.instance.properties.items()
        }
        private = {name: twin.values[name] for name, spec in twin.instance.properties.items() if spec.private and name in twin.values}
        actions = {name: {"schema": spec.schema, "long": spec.long} for name, spec in twin.instance.actions.items()}
        return entry | {
            "private": private,
            "features": list(twin.description.features),
            "properties": properties,
            "actions": actions,
            "events": sorted(twin.instance.events),
            "identity": dict(twin.description.identity),
            "locality": twin.description.locality.value,
            "links": self._links(twin),
            "evidence": self._home.links.evidence(device),
            "certificates": {"settled": self._home.claims.settled(twin), "standings": await self._home.claims.standings(twin)},
            "wire": standing(device, self._operations.status().get("sessions", ()), self._discovery),
        }

    def _links(self, twin: Twin) -> list[dict[str, str]]:
        """Return the parts of a composite, the whole of a part, and what else it is linked with, as far as they are in this home."""
        devices = {thing_id(device): device for device in self._home.devices()} if twin.description.links else {}
        made = [
            {"relation": link.relation.value, "name": link.name, "device": devices[link.thing]}
            for link in twin.description.links
            if link.thing in devices
        ]
        for tie in self._home.links.of(twin.id):
            word, other = (tie.relation.word, tie.target) if tie.source == twin.id else (tie.relation.inverse, tie.source)
            made.append({"relation": word, "name": self._home.twin(other).name, "device": other})
        return made

    async def _td(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._home.thing_description(self.device(arguments)).document

    async def _command(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        try:
            operation = Operation(str(arguments.get("operation")))
        except ValueError as error:
            raise BadSyntax(f"`operation` is one of {', '.join(Operation)}") from error
        confirmation = arguments.get("confirm")
        command = Command(
            id=str(arguments.get("id") or f"cli-{uuid4().hex[:12]}"),
            device=self.device(arguments),
            operation=operation,
            name=str(arguments.get("name") or ""),
            input=arguments.get("input"),
            principal=LOCAL,
            expires=expiry(arguments.get("exp"), arguments.get("ttl"), self._clock.now()),
            why=str(arguments.get("why") or "user"),
            confirmation=str(confirmation) if confirmation else None,
        )
        run = await self._home.submit(command)
        async for ack in run.acks():
            await tell(ack.document() | {"dev": ack.device})
        return run.last.document() | {"dev": run.last.device}

    async def _watch(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        devices = frozenset({self.device(arguments)}) if arguments.get("device") else None
        async with self._home.subscribe(devices) as changes:
            async for change in changes:
                for document in change_document(self._home, change):
                    await tell(document)

    async def _history(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        limit = arguments.get("limit", 100)
        if type(limit) is not int or not 0 < limit <= MOST_HISTORY:
            raise BadSyntax(f"`limit` is a whole number from 1 to {MOST_HISTORY}")
        since = arguments.get("since")
        moment = 0.0 if since is None else number(since, "since")
        name = _text(arguments, "name") if arguments.get("name") is not None else None
        return await self._home.history(self.device(arguments), name, moment, limit)

    async def _inbox(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        refused = self._refused()
        entries = self._discovery.inbox()
        return [
            document | {"unit": entry.name, "missing": list(self._discovery.missing(entry)), "refused": refused.get(entry.name, "")}
            for entry, document in zip(entries, plain(entries), strict=True)
        ]

    async def _look(self, arguments: Mapping[str, Any], _tell: Tell) -> None:
        """Look around now, and often for a while: a person has switched something on and does not want to wait for the next time.

        `hosts`: addresses to ask one by one, each as {"host": IP, "driver": name or ""}.
        """
        for each in _hosts(arguments.get("hosts", [])):
            self._discovery.ask_at(*each)
        self._discovery.ask()

    def _refused(self) -> dict[str, str]:
        """Return why units that were accepted cannot be taken in: what was wrong when they were last tried, by unit."""
        here = set(self._home.devices())
        sessions = self._operations.status().get("sessions", ())
        lost = (each for each in sessions if each["state"] != "open" and each["reason"] and not here & {*each["devices"], each["key"]})
        return {f"{each['driver']}:{each['key']}": each["reason"] for each in lost}

    async def _accept(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        answers = arguments.get("answers") or {}
        if not isinstance(answers, dict):
            raise BadSyntax("`answers` is a JSON object")
        registration = await self._discovery.accept(_text(arguments, "unit"), answers)
        return {"driver": registration.driver, "key": registration.key}

    async def _ignore(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        await self._discovery.ignore(_text(arguments, "unit"))

    async def _name(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self.device(arguments)
        await self._home.rename(device, _text(arguments, "name", empty=True))
        return {"id": device}

    async def _room(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self.device(arguments)
        await self._home.place(device, _text(arguments, "room", empty=True))
        return {"id": device}

    async def _tag(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        tags = arguments.get("tags")
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BadSyntax("`tags` is a list of words")
        device = self.device(arguments)
        await self._home.tag(device, tags)
        return {"id": device}

    async def _forget(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self.device(arguments)
        await self._operations.forget(device)
        return {"id": device}

    async def _doctor(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._operations.doctor()

    async def _advance(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        seconds = arguments.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 366 * 86400:
            raise BadSyntax("`seconds` is a number, more than 0 and at most a year")
        self._clock.advance(seconds)
        return {"now": self._clock.now()}


def _hosts(given: Any) -> list[tuple[str, str]]:
    """Return addresses to be asked, each with a driver or ""; raise BadSyntax."""
    try:
        return [(str(ip_address(each["host"])), str(each.get("driver", ""))) for each in given][:MOST_HOSTS]
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise BadSyntax("`hosts` is a list of objects with `host`, an IP address, and perhaps `driver`") from error


def _text(arguments: Mapping[str, Any], name: str, *, empty: bool = False) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or (not value and not empty):
        raise BadSyntax(f"`{name}` must be a text")
    return value
