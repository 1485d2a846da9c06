"""What is wrong with a file somebody brought: each mistake with its line, the first hundred of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.errors import SchemaViolation
from gateway.faces.web.parts import text
from gateway.faces.web.sheet import Sheet

SHOWN: Final = 100
"""Rows and mistakes that are shown one by one."""


def mistakes_of(error: SchemaViolation) -> Sequence[Mapping[str, Any]]:
    """Return the mistakes an error tells of, or itself as the only one."""
    return error.extra.get("findings") or [{"line": 1, "message": error.detail}]


def mistakes(page: Sheet, findings: Sequence[Mapping[str, Any]]) -> None:
    """Draw mistakes with their lines."""
    for finding in findings[:SHOWN]:
        text(page.tongue("scene.line", n=finding["line"], text=page.tongue.said(str(finding["message"]))), "notice bad literal")
    more(page, len(findings))


def more(page: Sheet, found: int) -> None:
    """Say how many are not shown."""
    if found > SHOWN:
        text(page.tongue("many.more", n=found - SHOWN), "soft")
