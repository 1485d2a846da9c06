"""What became of a check, and of a run: plain records that reports, capsules and certificates are made of."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Outcome(StrEnum):
    """How a check ended. `errored`: the judge itself failed, which is a defect of ours and no verdict on the target."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Standing(StrEnum):
    """How a target stands to a requirement, all its checks taken together. `partly`: some of them were asked and not tried."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    PARTLY = "partly"
    SKIPPED = "skipped"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`because`: why the check was selected or skipped. `failing`: the smallest input that fails. `frames`: what passed, of a failure.

    `asked`: whether the standard asks it of this target; `gone`: the target did not answer any more; `trial`: which of the check's
    generated trials failed, -1 where none did.
    """

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
    trial: int = -1
    asked: bool = True
    gone: bool = False
    frames: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return `S4.grows[coap]`, which is unique in a run."""
        return f"{self.name}[{self.transport}]" if self.transport else self.name

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without the frames."""
        plain = {name: getattr(self, name) for name in ("requirement", "name", "title", "transport", "because", "seed", "tried", "asked")}
        more = {name: value for name in ("expected", "sent", "came", "failing") if (value := getattr(self, name)) not in (None, "")}
        gone = {"gone": True} if self.gone else {}
        return {"id": self.id, **plain, "outcome": self.outcome.value, "seconds": round(self.seconds, 3), **more, **gone}


CERTIFIED: Final = {Standing.PASSED: "passed", Standing.PARTLY: "skipped", Standing.SKIPPED: "skipped", Standing.FAILED: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole run. `target`: as it was named; `suite`: version and hash of the checks; `facts`: what is known of the device.

    `unjudged`: transports it names that this run did not judge, with the reason; `stopped`: why it ended early, "" where it did not.
    """

    target: str
    facts: Mapping[str, Any]
    suite: Mapping[str, str]
    seed: int
    began: float
    seconds: float
    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...] = ()
    """Mandatory requirements of an appliance that no check of this run tried, or not in full."""
    unjudged: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    description: bytes = b""

    @property
    def conformant(self) -> bool:
        """Return whether nothing failed and something passed."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        return Outcome.PASSED in outcomes and not outcomes & {Outcome.FAILED, Outcome.ERRORED}

    @property
    def complete(self) -> bool:
        """Return whether every mandatory requirement was tried, over every transport the device names, to the end."""
        return not self.missing and not self.unjudged and not self.stopped

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """Return what failed, and what the judge failed at."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome in (Outcome.FAILED, Outcome.ERRORED))

    def count(self, outcome: Outcome) -> int:
        """Return how many checks ended so."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)

    def standings(self) -> dict[str, Standing]:
        """Return how the target stands to each requirement there is a verdict of."""
        return standings(self.verdicts)

    def certified(self) -> dict[str, str]:
        """Return what a certificate says of each requirement: passed, failed, or skipped where it was not tried in full."""
        return {name: CERTIFIED[standing] for name, standing in self.standings().items() if standing in CERTIFIED}

    def root(self) -> str:
        """Return the verdict root of a certificate of this run: the SHA-256 over lines `id verdict`, sorted by id."""
        words = self.certified()
        return hashlib.sha256("".join(f"{name} {words[name]}\n" for name in sorted(words)).encode()).hexdigest()


def standings(verdicts: Iterable[Verdict]) -> dict[str, Standing]:
    """Return how a target stands to each requirement, by its id, in the order they were met."""
    parts: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        parts.setdefault(verdict.requirement, []).append(verdict)
    return {requirement: _standing(each) for requirement, each in parts.items()}


def _standing(parts: list[Verdict]) -> Standing:
    outcomes = {verdict.outcome for verdict in parts}
    if Outcome.FAILED in outcomes:
        return Standing.FAILED
    if Outcome.ERRORED in outcomes:
        return Standing.ERRORED
    left_out = any(verdict.outcome is Outcome.SKIPPED and verdict.asked for verdict in parts)
    if Outcome.PASSED in outcomes:
        return Standing.PARTLY if left_out else Standing.PASSED
    return Standing.SKIPPED if left_out else Standing.NOT_ASKED
