"""What a hand-over sheet tells, as the hub answers it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.errors import CommandError


class Hub(Protocol):
    """Whoever answers calls; `cli.client.Client` is one."""

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Return the result of a call; raise a CommandError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A home as it was asked. `scenes`: each with its newest `report` and the `notes` of its plan; `rehearsals`: the last by scene."""

    status: Mapping[str, Any]
    devices: tuple[Mapping[str, Any], ...]
    inbox: tuple[Mapping[str, Any], ...]
    links: tuple[Mapping[str, Any], ...]
    scenes: tuple[Mapping[str, Any], ...]
    rehearsals: Mapping[str, Mapping[str, Any]]

    def rooms(self) -> list[tuple[str, list[Mapping[str, Any]]]]:
        """Return the rooms with their devices, in the order of their names; what stands in none comes last."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for device in self.devices:
            found.setdefault(str(device.get("room") or ""), []).append(device)
        return sorted(((room, sorted(devices, key=called)) for room, devices in found.items()), key=lambda each: (not each[0], each[0]))


def called(device: Mapping[str, Any]) -> str:
    """Return what a device is called."""
    return str(device.get("name") or device.get("title") or device["id"])


def gathered(hub: Hub) -> Facts:
    """Ask the hub everything the sheet tells."""
    devices = [hub.call("show", device=device["id"]) for device in hub.call("devices")["devices"]]
    scenes = hub.call("scenes")
    return Facts(
        status=hub.call("status"),
        devices=tuple(devices),
        inbox=tuple(hub.call("inbox")),
        links=tuple(hub.call("links")),
        scenes=tuple(_scene(hub, scene) for scene in scenes),
        rehearsals=_rehearsals(hub.call("scene-rehearsals")),
    )


def _scene(hub: Hub, scene: Mapping[str, Any]) -> Mapping[str, Any]:
    name = scene["id"]
    runs = [report for report in hub.call("scene-reports", scene=name, limit=5) if not report["undoes"]]
    try:
        notes = hub.call("scene-plan", scene=name, **{"with": {}})["notes"]
    except CommandError as error:
        notes = [{"line": 0, "text": error.detail, "error": True}]
    return {**scene, "report": runs[0] if runs else None, "notes": notes}


def _rehearsals(listed: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(each["scene"]): each for each in listed}
