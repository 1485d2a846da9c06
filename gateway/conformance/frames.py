"""What passed between judge and target, with its times: the evidence in a report and in a capsule. The newest are kept."""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 2000
LONGEST: Final = 4096
"""Bytes of a payload that are kept."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. `at`: seconds since the first frame's clock began; `way`: `out` or `in`; `what`: method and path, or topic."""

    at: float
    transport: str
    way: str
    what: str
    payload: bytes

    def document(self) -> dict[str, Any]:
        """Return it as JSON: the payload as text where it is, else in base64."""
        cut = self.payload[:LONGEST]
        try:
            body = {"text": cut.decode()}
        except UnicodeDecodeError:
            body = {"base64": base64.b64encode(cut).decode()}
        more = {"bytes": len(self.payload)} if len(self.payload) > LONGEST else {}
        return {"t": round(self.at, 4), "transport": self.transport, "way": self.way, "what": self.what, **body, **more}


class Frames:
    """`now`: monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self._kept: deque[Frame] = deque(maxlen=MOST)
        self.passed = 0

    def out(self, transport: str, what: str, payload: bytes = b"") -> None:
        """Note what was sent."""
        self._note(transport, "out", what, payload)

    def came(self, transport: str, what: str, payload: bytes = b"") -> None:
        """Note what was heard."""
        self._note(transport, "in", what, payload)

    def clear(self) -> None:
        """Forget what was kept."""
        self._kept.clear()

    def kept(self) -> list[Frame]:
        """Return what is kept, oldest first."""
        return list(self._kept)

    def _note(self, transport: str, way: str, what: str, payload: bytes) -> None:
        self.passed += 1
        self._kept.append(Frame(self._now() - self._began, transport, way, what, bytes(payload)))
