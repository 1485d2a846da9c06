"""Calls about rehearsals of scenes: rehearse one on a copy of the home, and what the last one of each scene foretold."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.scenes.rehearsal.order import Wanted
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.thing.principal import LOCAL

MOST_WATTS: Final = 1e6
Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""


class RehearsalCalls:
    """The calls over the rehearsals of one home."""

    def __init__(self, rehearsals: Rehearsals, device: Resolve) -> None:
        self._rehearsals = rehearsals
        self._device = device

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"scene-rehearse": self._rehearse, "scene-rehearsal": self._last, "scene-rehearsals": self._listing}

    async def _rehearse(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        """Rehearse `scene`, or a `text` that is not kept; tells how far it is."""
        faults = _mapping(arguments, "faults")
        wanted = Wanted(
            scene=_text(arguments, "scene"),
            text=_text(arguments, "text"),
            arguments=_mapping(arguments, "with"),
            faults={self._device({"device": device}): str(fault) for device, fault in faults.items()},
            each_away=arguments.get("eachAway") is True,
            limit=_watts(arguments),
        )
        if bool(wanted.scene) is bool(wanted.text):
            raise BadSyntax("name a `scene`, or give a `text`")
        return await self._rehearsals.rehearse(wanted, LOCAL, tell)

    async def _last(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._rehearsals.last(_text(arguments, "scene"))

    async def _listing(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._rehearsals.listing()


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name) or ""
    if not isinstance(value, str):
        raise BadSyntax(f"`{name}` is a text")
    return value


def _watts(arguments: Mapping[str, Any]) -> float | None:
    value = arguments.get("limit")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MOST_WATTS):
        raise BadSyntax("`limit` is a number of watts")
    return value


def _mapping(arguments: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = arguments.get(name) or {}
    if not isinstance(value, dict):
        raise BadSyntax(f"`{name}` is a mapping")
    return value
