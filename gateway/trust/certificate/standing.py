"""What a check of a certificate comes to: one of four words, and the step that decided with its reason."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gateway.trust.certificate.statement import Statement


class Outcome(IntEnum):
    """How far a certificate is to be believed; of several findings the least counts."""

    REJECTED = 0
    UNVERIFIED = 1
    SELF_DECLARED = 2
    VERIFIED = 3

    @property
    def word(self) -> str:
        """Return it as people read it."""
        return self.name.lower().replace("_", "-")


class Step(StrEnum):
    """The steps of the check, in the order of the standard."""

    PARSE = "parse"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    DATES = "dates"
    MODEL = "model"
    LABEL = "label"
    POSSESSION = "possession"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step has to say against full belief."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`step` and `reason`: what kept it from more; None and "" where it is verified. `statement`: None when it could not be read."""

    outcome: Outcome
    step: Step | None = None
    reason: str = ""
    statement: Statement | None = None

    @property
    def words(self) -> str:
        """Return it in one line: `rejected at signature: ...`."""
        return f"{self.outcome.word} at {self.step}: {self.reason}" if self.step else self.outcome.word
