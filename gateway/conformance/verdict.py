"""What became of a check, and of a run: plain records that reports, capsules and certificates are made of."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson


class Outcome(StrEnum):
    """How a check ended. `errored`: the judge itself failed, which is a defect of ours and no verdict on the target."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`because`: why the check was selected or skipped. `failing`: the smallest input that fails. `frames`: what passed, of a failure."""

    requirement: str
    name: str
    title: str
    transport: str
    outcome: Outcome
    because: str
    seed: int
    seconds: float = 0.0
    tried: int = 0
    expected: str = ""
    sent: Any = None
    came: Any = None
    failing: Any = None
    frames: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return `S4.grows[coap]`, which is unique in a run."""
        return f"{self.name}[{self.transport}]" if self.transport else self.name

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without the frames."""
        plain = {name: getattr(self, name) for name in ("requirement", "name", "title", "transport", "because", "seed", "tried")}
        more = {name: value for name in ("expected", "sent", "came", "failing") if (value := getattr(self, name)) not in (None, "")}
        return {"id": self.id, **plain, "outcome": self.outcome.value, "seconds": round(self.seconds, 3), **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole run. `target`: as it was named; `suite`: version and hash of the checks; `facts`: what is known of the device."""

    target: str
    facts: Mapping[str, Any]
    suite: Mapping[str, str]
    seed: int
    began: float
    seconds: float
    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...] = ()
    """Mandatory requirements of an appliance that no check of this run tried."""

    @property
    def conformant(self) -> bool:
        """Return whether nothing failed and something passed."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        return Outcome.PASSED in outcomes and not outcomes & {Outcome.FAILED, Outcome.ERRORED}

    @property
    def complete(self) -> bool:
        """Return whether every mandatory requirement was tried."""
        return not self.missing

    def root(self) -> str:
        """Return the SHA-256 of all verdicts, in the order of their ids: what a certificate is about."""
        lines = sorted((verdict.id, verdict.outcome.value) for verdict in self.verdicts)
        return hashlib.sha256(orjson.dumps(lines)).hexdigest()
