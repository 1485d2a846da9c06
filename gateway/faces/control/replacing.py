"""Calls about putting another appliance in the place of one."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.lifecycle.lent import Replacement
from gateway.thing.principal import LOCAL

Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""


class ReplacementCalls:
    """The calls over one home."""

    def __init__(self, replacement: Replacement, device: Resolve) -> None:
        self._replacement = replacement
        self._device = device

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"replace-plan": self._plan, "replace": self._replace, "replace-undo": self._undo}

    async def _plan(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._replacement.plan(*self._both(arguments), force=_force(arguments))

    async def _replace(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return await self._replacement.replace(*self._both(arguments), LOCAL.name, force=_force(arguments))

    async def _undo(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return await self._replacement.take_back(self._device(arguments), LOCAL.name)

    def _both(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        return self._device({"device": arguments.get("old")}), self._device({"device": arguments.get("new")})


def _force(arguments: Mapping[str, Any]) -> bool:
    force = arguments.get("force", False)
    if not isinstance(force, bool):
        raise BadSyntax("`force` is true or false")
    return force
