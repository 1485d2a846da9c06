"""Where accepted devices speak, and what was announced of them that is not believed.

A stranger's announcement may come first after a start, before anybody has said which devices are accepted. So what is not believed is kept
for a while: once a device is pinned, what waits is looked at again, and its own pieces take their place.
"""

from collections.abc import Iterable
from typing import Final

from gateway.drivers.mqttdiscovery.belonging import key_of
from gateway.drivers.mqttdiscovery.piece import Piece

WAITING: Final = 1024
WAITING_BYTES: Final = 8 * 1024 * 1024
_JOINT: Final = "+"
"""Between two roots in one text: no topic has one."""


def joined(roots: Iterable[str]) -> str:
    """Return where a device speaks as one text."""
    return _JOINT.join(sorted(roots))


def parted(text: str) -> frozenset[str]:
    """Return where a device speaks from a text of `joined`."""
    return frozenset(root for root in text.split(_JOINT) if root)


class Pins:
    """Roots of accepted devices by their keys; `waiting`: pieces that are not believed, by topic."""

    def __init__(self) -> None:
        self.waiting: dict[str, Piece] = {}
        self._roots: dict[str, frozenset[str]] = {}
        self._bytes = 0

    def pin(self, key: str, roots: frozenset[str]) -> None:
        """Let a device speak under these roots only."""
        self._roots[key] = roots

    def unpin(self, key: str) -> None:
        """Let it speak anywhere again."""
        self._roots.pop(key, None)

    def of(self, names: Iterable[str]) -> frozenset[str] | None:
        """Return where the device of these names may speak, None where it is not pinned."""
        found = [self._roots[key] for key in map(key_of, names) if key in self._roots]
        return frozenset.intersection(*found) if found else None

    def wait(self, piece: Piece) -> None:
        """Keep a piece that is not believed; the oldest are let go of."""
        self.forget(piece.topic)
        self.waiting[piece.topic] = piece
        self._bytes += len(piece.payload)
        while len(self.waiting) > WAITING or self._bytes > WAITING_BYTES:
            self.forget(next(iter(self.waiting)))

    def forget(self, topic: str) -> None:
        """Let go of what waits under a topic."""
        piece = self.waiting.pop(topic, None)
        self._bytes -= len(piece.payload) if piece is not None else 0
