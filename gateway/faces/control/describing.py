"""Calls about a home as a document: out, and into another hub."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.lifecycle.lent import Describing
from gateway.thing.principal import LOCAL


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
