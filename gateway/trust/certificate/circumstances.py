"""What a certificate is held against: the appliance that carries it, what it proved, the lists that are known, and the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from gateway.trust.certificate.status_list import StatusList
from gateway.trust.certificate.trust_list import NOBODY, TrustList


class Possession(Enum):
    """How an appliance answered when it was asked to prove its key."""

    PROVED = auto()
    WRONG = auto()
    """It answered, and not with the key the certificate is bound to."""
    UNABLE = auto()
    """It has no way to prove any."""
    UNANSWERED = auto()
    """It was not asked yet, or did not answer."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome of asking, and what was wrong."""

    possession: Possession
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The appliance that carries a certificate, by its own word: what is not known is "". `made`: an ISO date.

    `profile`, `profile_hash`: of the model it is read with. `labels`: its `energyLabel`. `proof`: of the key bound to this certificate.
    """

    kind: str
    maker: str = ""
    model: str = ""
    made: str = ""
    firmware: str = ""
    profile: str = ""
    profile_hash: bytes = b""
    labels: Sequence[Mapping[str, Any]] = ()
    proof: Proof = Proof(Possession.UNANSWERED, "it was not asked yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All a check needs. `now`: seconds since the epoch. `carrier` None: only the paper itself is looked at."""

    now: float
    trust: TrustList = NOBODY
    statuses: Sequence[StatusList] = field(default=())
    carrier: Carrier | None = None
