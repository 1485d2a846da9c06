"""What an issuer withdrew, and from which day on: a signed list that is believed for seven days and then has to come anew.

    payload of the JWS: {"iss": "urn:hulian:key:...", "sub": name of the list, "iat": seconds, "revoked": {number: "2026-11-30"}}

An old list still withdraws what it names: only what it does not name is no longer known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.trust.certificate.jws import read_jws, write_jws
from gateway.trust.certificate.signing_key import SigningKey, key_id
from gateway.trust.certificate.statement import LATEST
from gateway.trust.certificate.trust_list import day_start

TYPE: Final = "hulian-status+jwt"
LIMIT: Final = 4 * 1024 * 1024
FRESH_SECONDS: Final = 7 * 86_400
_ISSUER: Final = "urn:hulian:key:"


@dataclass(frozen=True, slots=True)
class StatusList:
    """One genuine list. `revoked`: number to the day from which a certificate does not hold. `issued`: seconds since the epoch."""

    name: str
    signer: bytes
    issued: int
    revoked: Mapping[str, str] = field(default_factory=dict)

    def revoked_on(self, number: str, now: float) -> str:
        """Return the day a certificate was withdrawn, "" when it was not, or not yet."""
        day = self.revoked.get(number, "")
        return day if day and day_start(day) <= now else ""


def write_status_list(name: str, revoked: Mapping[str, str], key: SigningKey, now: float) -> str:
    """Return a list, signed and dated now; raise BadSyntax for what is no day."""
    for day in revoked.values():
        day_start(day)
    return write_jws({"iss": _ISSUER + key.id, "sub": name, "iat": int(now), "revoked": dict(revoked)}, TYPE, key)


def read_status_list(text: str) -> StatusList:
    """Return a list that the key it names really signed; raise BadSyntax. Whose key that is, is for the check of a certificate."""
    jws = read_jws(text, TYPE, LIMIT)
    match jws.payload:
        case {"iss": issuer, "sub": str() as name, "iat": int() as issued, "revoked": dict() as revoked, **more} if not more:
            if issuer != _ISSUER + key_id(jws.signer) or isinstance(issued, bool) or not 0 <= issued < LATEST:
                raise BadSyntax("the list names another issuer than its key, or no date")
            for day in revoked.values():
                day_start(day)
        case _:
            raise BadSyntax("this is no status list: it has `iss`, `sub`, `iat` and `revoked`")
    if not jws.genuine():
        raise BadSyntax("its signature is wrong: it was changed")
    return StatusList(name, jws.signer, issued, revoked)


def today(now: float) -> str:
    """Return the day of a time (UTC)."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def document(status: StatusList) -> dict[str, Any]:
    """Return a list as plain data."""
    return {"name": status.name, "key": key_id(status.signer), "issued": status.issued, "revoked": dict(status.revoked)}
