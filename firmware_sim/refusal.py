"""Why a simulated appliance says no: one exception that carries the error object of the standard."""

from typing import Any

TITLES: dict[str, str] = {
    "bad-syntax": "Not the expected shape",
    "forbidden": "Not allowed from afar",
    "unknown": "There is no such thing here",
    "read-only": "Can only be read",
    "state-conflict": "Not possible right now",
    "schema": "Outside what this appliance accepts",
    "rate": "Too soon",
    "device-error": "The appliance could not do it",
    "offline": "The appliance has no power",
    "needs-confirm": "Somebody has to confirm this",
}
"""Error codes an appliance itself uses, with their titles; the wires add those of their own."""


class Refusal(Exception):
    """The appliance refuses; `code` is one of the standard's error table."""

    def __init__(self, code: str, detail: str = "", *, constraint: str | None = None, property: str | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.constraint = constraint
        self.property = property

    def document(self) -> dict[str, Any]:
        """Return the error object: code, title, detail, and the constraint and property where one is to blame."""
        body: dict[str, Any] = {"code": self.code, "title": TITLES.get(self.code, self.code), "detail": self.detail}
        named = {"constraint": self.constraint, "property": self.property}
        return body | {name: value for name, value in named.items() if value is not None}


class SetupMistake(Exception):
    """The command line, a home file or a profile has a mistake, or a port is taken; the text says what to do."""
