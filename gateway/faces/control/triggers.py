"""Calls about what makes scenes run by themselves: how each trigger stands, and pausing them."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.scenes.rules.watcher import Watcher
from gateway.thing.principal import LOCAL


class TriggerCalls:
    """The calls over the triggers of one home."""

    def __init__(self, triggers: Watcher) -> None:
        self._triggers = triggers

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"scene-triggers": self._listing, "scene-pause": self._pause, "scene-resume": self._resume}

    async def _listing(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        scene = arguments.get("scene", "")
        if not isinstance(scene, str):
            raise BadSyntax("`scene` is a name")
        return self._triggers.records(scene)

    async def _pause(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        await self._triggers.pause(_scene(arguments), LOCAL)
        return {}

    async def _resume(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        await self._triggers.resume(_scene(arguments), LOCAL)
        return {}


def _scene(arguments: Mapping[str, Any]) -> str:
    scene = arguments.get("scene")
    if not isinstance(scene, str) or not scene:
        raise BadSyntax("`scene` must be the name of a scene")
    return scene
