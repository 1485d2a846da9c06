"""What is known of a kind: the flat Thing Model and what stands at its top."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.features import Feature


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind in one major version. `hash`: SHA-256 (hex) of the RFC 8785 form of `document`. Do not modify `document`."""

    kind: str
    title: str
    titles: Mapping[str, str]
    version: str
    major: int
    kind_class: str
    maturity: str
    hash: str
    document: Mapping[str, Any]
    features: Mapping[str, Feature]

    @property
    def constraints(self) -> tuple[Mapping[str, Any], ...]:
        """Return `hl:constraints` of the kind, as written."""
        return tuple(self.document.get("hl:constraints", ()))
