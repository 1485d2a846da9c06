"""Who may sign what: a JSON document a person puts into the home, or one signed by somebody such a document names for that.

    {"hulian": "trust-list-1", "issuers": [{"name": "...", "key": "<43 characters>", "as": "third-party", "marks": ["hulian-conformance"],
                                            "kinds": ["*"], "from": "2026-01-01", "until": "2030-12-31"}]}

`as` is what it signs as: `third-party` (its certificates can be verified), `maker` (for its own goods only, under the name it has here:
self-declared), `lists` (it signs such lists; one it signed cannot name others for that). A list says nothing about keys it does not name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson

from gateway.errors import BadSyntax, SetupError
from gateway.trust.certificate.jws import read_jws, write_jws
from gateway.trust.certificate.signing_key import SigningKey, key_from_id, key_id
from gateway.trust.certificate.statement import LATEST

TYPE: Final = "hulian-trust-list+jwt"
VERSION: Final = "trust-list-1"
LIMIT: Final = 1024 * 1024
_MOST: Final = 4096
ROLES: Final = ("third-party", "maker", "lists")
ANY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One key that may sign. `since`, `until`: for certificates issued between them, seconds since the epoch."""

    name: str
    key: bytes
    role: str
    marks: frozenset[str]
    kinds: frozenset[str] = frozenset({ANY})
    since: float = 0.0
    until: float = float(LATEST)

    def may(self, mark: str, kind: str) -> bool:
        """Return whether it may sign this mark for this kind."""
        return mark in self.marks and not self.kinds.isdisjoint({ANY, kind})


@dataclass(frozen=True, slots=True)
class TrustList:
    """All issuers that are known; a key may stand in several rows."""

    issuers: tuple[Issuer, ...] = ()

    def of(self, key: bytes) -> tuple[Issuer, ...]:
        """Return the rows of a key, those that sign certificates first."""
        return tuple(sorted((issuer for issuer in self.issuers if issuer.key == key), key=lambda issuer: ROLES.index(issuer.role)))

    def maker(self, name: str) -> bool:
        """Return whether the key of the maker of this name is known."""
        return any(issuer.role == "maker" and issuer.name == name for issuer in self.issuers)


NOBODY: Final = TrustList()


def read_trust_list(text: bytes) -> tuple[Issuer, ...]:
    """Return the issuers in a document a person vouches for; raise BadSyntax that says what is wrong with it."""
    if len(text) > LIMIT:
        raise BadSyntax(f"a trust list has at most {LIMIT} bytes")
    try:
        return _issuers(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise BadSyntax("a trust list is JSON, or a signed one") from error


def read_signed_trust_list(text: str, known: Iterable[Issuer]) -> tuple[Issuer, ...]:
    """Return the issuers in a signed list; raise BadSyntax unless one of `known` is there for signing lists and signed it."""
    jws = read_jws(text, TYPE, LIMIT)
    if not any(issuer.key == jws.signer and issuer.role == "lists" for issuer in known):
        raise BadSyntax(f"it is signed by {key_id(jws.signer)}, and no list of yours lets that key sign lists (`as: lists`)")
    if not jws.genuine():
        raise BadSyntax("its signature is wrong: it was changed")
    return tuple(issuer for issuer in _issuers(jws.payload) if issuer.role != "lists")


def is_signed(text: bytes) -> bool:
    """Return whether this looks like a signed list rather than a document."""
    return not text.lstrip().startswith(b"{")


def write_trust_list(issuers: Iterable[Issuer]) -> dict[str, Any]:
    """Return the document of issuers."""
    return {"hulian": VERSION, "issuers": [_row(issuer) for issuer in issuers]}


def sign_trust_list(issuers: Iterable[Issuer], key: SigningKey) -> str:
    """Return the list, signed."""
    return write_jws(write_trust_list(issuers), TYPE, key)


def day_start(text: Any) -> float:
    """Return the first second (UTC) of a day such as 2026-11-30; raise BadSyntax."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSyntax(f"{text!r} is no day such as 2026-11-30") from error


def _issuers(document: Any) -> tuple[Issuer, ...]:
    if not isinstance(document, dict) or document.get("hulian") != VERSION or not isinstance(document.get("issuers"), list):
        raise BadSyntax(f'a trust list is {{"hulian": "{VERSION}", "issuers": [...]}}')
    if len(document["issuers"]) > _MOST:
        raise BadSyntax(f"a trust list has at most {_MOST} issuers")
    return tuple(_issuer(row) for row in document["issuers"])


def _issuer(row: Any) -> Issuer:
    match row:
        case {"name": str() as name, "key": str() as key, "as": str() as role} if name and role in ROLES:
            marks, kinds = _words(row.get("marks", []), name), _words(row.get("kinds", [ANY]), name)
        case _:
            raise BadSyntax(f"an issuer has a `name`, a `key` and what it signs `as` ({', '.join(ROLES)}), not {str(row)[:80]}")
    if role != "lists" and not marks:
        raise BadSyntax(f"{name}: `marks` says what it may sign")
    since = day_start(row["from"]) if "from" in row else 0.0
    until = day_start(row["until"]) + timedelta(days=1).total_seconds() if "until" in row else float(LATEST)
    try:
        public = key_from_id(key)
    except SetupError as error:
        raise BadSyntax(f"{name}: {error}") from error
    return Issuer(name=name, key=public, role=role, marks=marks, kinds=kinds, since=since, until=until)


def _words(value: Any, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BadSyntax(f"{name}: `marks` and `kinds` are lists of words")
    return frozenset(value)


def _row(issuer: Issuer) -> dict[str, Any]:
    row: dict[str, Any] = {"name": issuer.name, "key": key_id(issuer.key), "as": issuer.role}
    row |= {"marks": sorted(issuer.marks), "kinds": sorted(issuer.kinds)}
    if issuer.since:
        row["from"] = _day(issuer.since)
    if issuer.until < LATEST:
        row["until"] = _day(issuer.until - timedelta(days=1).total_seconds())
    return row


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
