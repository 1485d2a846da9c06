"""Why something is refused: one object on both wires, and its number on CoAP (the standard, "Errors")."""

from typing import Any

COAP_CODES = {
    "bad-syntax": (4, 0),
    "unauthenticated": (4, 1),
    "bad-option": (4, 2),
    "forbidden": (4, 3),
    "unknown": (4, 4),
    "read-only": (4, 5),
    "not-acceptable": (4, 6),
    "state-conflict": (4, 9),
    "expired": (4, 9),
    "superseded": (4, 9),
    "cancelled": (4, 9),
    "needs-confirm": (4, 9),
    "precondition": (4, 12),
    "too-large": (4, 13),
    "bad-format": (4, 15),
    "schema": (4, 22),
    "rate": (4, 29),
    "device-error": (5, 2),
    "offline": (5, 3),
    "timeout": (5, 4),
}
"""`bad-option` is CoAP's own; `cancelled` is what a request is answered whose run was stopped. Neither is in the standard's table."""

TITLES = {
    "bad-syntax": "This cannot be read",
    "bad-option": "A critical option is not understood",
    "forbidden": "Not allowed",
    "unknown": "There is no such thing",
    "read-only": "This can only be read",
    "not-acceptable": "Not offered in this format",
    "state-conflict": "Not in this state",
    "expired": "It came too late",
    "cancelled": "It was stopped",
    "needs-confirm": "A person has to confirm this",
    "precondition": "The state has moved on",
    "too-large": "More than fits in here",
    "bad-format": "This format is not understood",
    "schema": "The value does not fit",
    "rate": "Too many requests",
    "device-error": "The appliance could not do it",
}


class Refusal(Exception):
    """One refusal. `property` names what it is about, `constraint` the id of the constraint that was broken."""

    def __init__(self, code: str, detail: str, *, property: str | None = None, constraint: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.property = property
        self.constraint = constraint
        self.confirm: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the error object; `confirm` is the token that goes with `needs-confirm`."""
        body: dict[str, Any] = {"code": self.code, "title": TITLES[self.code], "detail": self.detail}
        more = {"constraint": self.constraint, "property": self.property, "confirm": self.confirm}
        return body | {name: value for name, value in more.items() if value is not None}
