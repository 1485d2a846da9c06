"""The node profile object, 0x0EF001: what the node is, and which objects it holds."""

from collections.abc import Sequence

from firmware_sim.wires.echonet.common import identification, product
from firmware_sim.wires.echonet.property_map import property_map

CODE = 0x0EF001
LIST_ANNOUNCED, LIST = 0xD5, 0xD6
VERSION = b"\x01\x0d\x01\x00"
"""1.13, frames in the specified form."""
_MOST = 84
"""Objects in a list."""


class ProfileObject:
    """`instances`: the objects' codes, which may change. `nameless`: a unit that has no identification number, against the standard."""

    def __init__(self, identifier: str, kind: str, *, nameless: bool = False) -> None:
        self.instances: list[int] = []
        made = {each.code: each.shows({}) or b"" for each in product(kind, identifier)}
        self._fixed = {0x80: b"\x30", 0x82: VERSION, 0x88: b"\x42", 0x89: b"\x00\x00", **made}
        if not nameless:
            self._fixed[0x83] = identification(identifier)

    def get(self, code: int) -> bytes | None:
        """Return a property's data, None when there is none."""
        return {**self._fixed, **self._lists(), **self._maps()}.get(code)

    def _lists(self) -> dict[int, bytes]:
        listed: Sequence[int] = self.instances[:_MOST]
        classes = sorted({code >> 8 for code in self.instances})
        every = bytes([len(listed)]) + b"".join(code.to_bytes(3, "big") for code in listed)
        return {
            0xD3: len(self.instances).to_bytes(3, "big"),
            0xD4: (len(classes) + 1).to_bytes(2, "big"),
            LIST_ANNOUNCED: every,
            LIST: every,
            0xD7: bytes([len(classes)]) + b"".join(code.to_bytes(2, "big") for code in classes),
        }

    def _maps(self) -> dict[int, bytes]:
        # the list that is announced (D5) cannot be got
        gettable = (set(self._fixed) | set(self._lists()) | {0x9D, 0x9E, 0x9F}) - {LIST_ANNOUNCED}
        return {0x9D: property_map((0x80, LIST_ANNOUNCED)), 0x9E: property_map(()), 0x9F: property_map(tuple(gettable))}
