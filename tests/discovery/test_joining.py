"""Taking in what a list names, over a hub that is played: found by unit, address or id, done once, and what is missing told."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from gateway.discovery.joining import Joining
from gateway.discovery.manifest import Row
from gateway.errors import SchemaViolation, StateConflict, Unknown
from gateway.thing.clock import SystemClock

TOKEN = "0123456789abcdef0123456789abcdef"  # a vector, no key of anybody


class Hub:
    """Plays the calls of a hub; `heard` is what it was asked for that changes something."""

    def __init__(self, *units: tuple[str, str, str, tuple[str, ...]]) -> None:
        self.inbox = {unit: self._entry(unit, kind, address, needs) for unit, kind, address, needs in units}
        self.home: dict[str, dict[str, Any]] = {}
        self.heard: list[str] = []
        self.kept: dict[str, dict[str, str]] = {}

    def _entry(self, unit: str, kind: str, address: str, needs: Iterable[str]) -> dict[str, Any]:
        driver, _, key = unit.partition(":")
        head = {"unit": unit, "driver": driver, "key": key, "kind": kind, "address": address, "title": key}
        return {**head, "state": "pending", "missing": list(needs), "refused": ""}

    async def ask(self, name: str, given: Mapping[str, Any]) -> Any:
        if name in {"inbox", "status", "devices", "look"}:
            return getattr(self, f"_{name}")()
        self.heard.append(name)
        return getattr(self, f"_{name.replace('-', '_')}")(**given)

    def _look(self) -> None:
        return None

    def _inbox(self) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.inbox.values()]

    def _devices(self) -> dict[str, Any]:
        return {"devices": [dict(device) for device in self.home.values()]}

    def _status(self) -> dict[str, Any]:
        accepted = [entry for entry in self.inbox.values() if entry["state"] == "accepted"]
        names = [{"driver": each["driver"], "key": each["key"], "devices": [f"d-{each['key']}"]} for each in accepted]
        return {"sessions": [{**each, "state": "open", "reason": ""} for each in names]}

    def _accept(self, unit: str, answers: dict[str, str]) -> None:
        entry = self.inbox[unit]
        if set(entry["missing"]) - answers.keys():
            raise SchemaViolation("needs more")
        if answers.get("token") == "wrong":
            raise Unknown("it refused this hub")
        entry["state"], entry["missing"] = "accepted", []
        device = f"d-{entry['key']}"
        self.home[device] = {"id": device, "kind": entry["kind"], "name": entry["title"], "room": "", "tags": []}

    def _room(self, device: str, room: str) -> None:
        self.home[device]["room"] = room

    def _name(self, device: str, name: str) -> None:
        self.home[device]["name"] = name

    def _tag(self, device: str, tags: list[str]) -> None:
        self.home[device]["tags"] = tags

    def _vault_import(self, driver: str, key: str, credentials: dict[str, str]) -> None:
        self.kept[f"{driver}:{key}"] = credentials


def joined(hub: Hub, *rows: Row) -> Joining:
    joining = Joining(hub.ask, rows, patience=0.0, tell=lambda *_: None, clock=SystemClock())
    asyncio.run(joining.run())
    return joining


def test_units_are_found_by_unit_serial_address_and_id_and_are_done_once() -> None:
    hub = Hub(("a:1", "light", "10.0.0.1", ()), ("b:2", "plug", "10.0.0.2", ()), ("native:n", "fan", "", ()), ("b:4", "fan", "", ()))
    rows = (
        Row(line=1, unit="a:1", name="Lamp", room="hall", tags=("warm",)),
        Row(line=2, address="10.0.0.2", room="hall"),
        Row(line=3, id="n"),
        Row(line=4, unit="4"),
    )
    joining = joined(hub, *rows)
    assert [fate.state for fate in joining.fates] == ["done"] * 4
    assert hub.home["d-1"] == {"id": "d-1", "kind": "light", "name": "Lamp", "room": "hall", "tags": ["warm"]}
    before = len(hub.heard)
    assert [fate.new for fate in joined(hub, *rows).fates] == [[], [], [], []]
    assert len(hub.heard) == before


def test_an_empty_list_of_tags_takes_them_off_and_nothing_said_leaves_them() -> None:
    hub = Hub(("a:1", "light", "", ()), ("a:2", "light", "", ()))
    joined(hub, Row(line=1, unit="a:1", tags=("warm",)), Row(line=2, unit="a:2", tags=("warm",)))
    joined(hub, Row(line=1, unit="a:1", tags=()), Row(line=2, unit="a:2"))
    assert [hub.home[device]["tags"] for device in ("d-1", "d-2")] == [[], ["warm"]]


def test_what_is_missing_is_told_row_by_row() -> None:
    hub = Hub(("a:1", "light", "", ()), ("b:2", "plug", "", ("token",)), ("b:3", "plug", "", ("token",)), ("c:9", "fan", "", ()))
    joining = joined(
        hub,
        Row(line=1, unit="a:1", kind="fan"),
        Row(line=2, unit="b:2"),
        Row(line=3, unit="b:3", credentials={"token": "wrong"}),
        Row(line=4, unit="x:5"),
    )
    assert [fate.state for fate in joining.fates] == ["wrongKind", "needsKey", "failed", "notFound"]
    assert joining.fates[2].why == "it refused this hub"
    assert [entry["unit"] for entry in joining.others()] == ["c:9"]
    assert hub.home == {}


def test_secrets_of_what_is_not_found_yet_are_kept_ahead_and_shown_nowhere() -> None:
    hub = Hub(("b:2", "plug", "", ("token",)))
    joining = joined(hub, Row(line=1, unit="b:2", credentials={"token": TOKEN}), Row(line=2, unit="b:7", credentials={"token": TOKEN}))
    assert [fate.state for fate in joining.fates] == ["done", "notFound"]
    assert hub.kept == {"b:7": {"token": TOKEN}}
    assert TOKEN not in repr([fate.document() for fate in joining.fates]) + repr(joining.fates)


def test_a_unit_that_comes_in_by_itself_while_it_is_asked_for_is_no_failure() -> None:
    class Hasty(Hub):
        def _accept(self, unit: str, answers: dict[str, str]) -> None:
            super()._accept(unit, answers)
            raise StateConflict(f"{unit} is accepted already")

    hub = Hasty(("b:2", "plug", "", ("token",)))
    (fate,) = joined(hub, Row(line=1, unit="b:2", room="hall", credentials={"token": TOKEN})).fates
    assert (fate.state, hub.home["d-2"]["room"]) == ("done", "hall")


@pytest.mark.parametrize("driver", ["a", "b"])
def test_a_row_with_a_driver_means_only_that_ones_units(driver: str) -> None:
    hub = Hub(("a:1", "light", "10.0.0.1", ()), ("b:1", "light", "10.0.0.1", ()))
    (fate,) = joined(hub, Row(line=1, address="10.0.0.1", driver=driver)).fates
    assert fate.unit == f"{driver}:1"
