"""Calls about a home as a document: out, and into another hub."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.thing.principal import LOCAL, Principal


class Describing(Protocol):
    """What `app` lends: it touches more than one room."""

    def text(self) -> str:
        """Return the home as YAML."""
        ...

    async def take(self, text: str, by: Principal, *, dry_run: bool) -> dict[str, Any]:
        """Become like a described home."""
        ...


class DescriptionCalls:
    """The calls over one home."""

    def __init__(self, describing: Describing) -> None:
        self._describing = describing

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"home-export": self._export, "home-import": self._import}

    async def _export(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return {"text": self._describing.text()}

    async def _import(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        text, dry_run = arguments.get("text"), arguments.get("dryRun", False)
        if not isinstance(text, str) or not isinstance(dry_run, bool):
            raise BadSyntax("`text` is a text, and `dryRun` true or false")
        return await self._describing.take(text, LOCAL, dry_run=dry_run)
