"""What a certificate says: one flat record, whose rows (`FIELDS`) are the one source of both signed forms.

A run of the suite is told as `RunFacts`; `hulian conformance --sign` hands them to `signing.sign_run`. The *verdict root* is the SHA-256
of one line for each test, sorted by id: `id`, a blank, the verdict, a newline. Whoever holds the report can make it again.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any, Final, NamedTuple

from gateway.errors import SchemaViolation

OWN_MARK: Final = "hulian-conformance"
"""The mark of a run of this suite; whoever signs it for their own goods declares it themselves."""
VERDICTS: Final = ("passed", "failed", "skipped")
KEY_BYTES: Final = 32
HASH_BYTES: Final = 32
LATEST: Final = 2**37
"""No date is later than this, in the year 6325: seconds since the epoch that every calendar here can write."""
_MOST_MODELS: Final = 16
_LONGEST: Final = 128
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What one run of the suite found out about one appliance; hashes are SHA-256 in hexadecimal, `verdicts` is test id to verdict.

    `profile`: version of the profile; `profile_hash`: the `hl:hash` of its model. `firmware`, `firmware_hash`: "" where not known.
    """

    maker: str
    model: str
    kind: str
    profile: str
    profile_hash: str
    suite: str
    suite_hash: str
    verdicts: Mapping[str, str]
    firmware: str = ""
    firmware_hash: str = ""


class Shape(Enum):
    """What a member of the record may be."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    HASH = "hash"


class Field(NamedTuple):
    """One member: its attribute, its label in CBOR, its name in JSON."""

    attribute: str
    label: int
    name: str
    shape: Shape = Shape.TEXT


FIELDS: Final = (
    Field("mark", 1, "mark"),
    Field("holder", 2, "holder"),
    Field("models", 3, "model", Shape.TEXTS),
    Field("kind", 4, "kind"),
    Field("standard", 5, "std"),
    Field("grade", 6, "grade", Shape.NUMBER),
    Field("profile", 7, "profile"),
    Field("profile_hash", 8, "profileHash", Shape.HASH),
    Field("firmware", 9, "firmware"),
    Field("firmware_hash", 10, "firmwareHash", Shape.HASH),
    Field("suite", 11, "suite"),
    Field("suite_hash", 12, "suiteHash", Shape.HASH),
    Field("verdict_root", 13, "verdictRoot", Shape.HASH),
    Field("passed", 14, "passed", Shape.NUMBER),
    Field("skipped", 15, "skipped", Shape.NUMBER),
    Field("status", 16, "status"),
)
"""The members beside number, dates and bound key, which have names of their own in CWT and JWT. What is empty is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One certificate's content. `models`: exact, or a beginning and `*`. `issued`, `expires`: seconds since the epoch.

    `status`: the name of the list that may withdraw it. `bound_key`: the appliance's own Ed25519 key. What is not said is "", None or b"".
    """

    mark: str
    number: str
    holder: str
    models: tuple[str, ...]
    kind: str
    issued: int
    expires: int
    bound_key: bytes = b""
    standard: str = ""
    grade: int | None = None
    profile: str = ""
    profile_hash: bytes = b""
    firmware: str = ""
    firmware_hash: bytes = b""
    suite: str = ""
    suite_hash: bytes = b""
    verdict_root: bytes = b""
    passed: int | None = None
    skipped: int | None = None
    status: str = ""

    def __post_init__(self) -> None:
        """Raise SchemaViolation for what no certificate can say."""
        _check_head(self)
        for field in FIELDS:
            _CHECKS[field.shape](field.name, getattr(self, field.attribute))

    def members(self) -> list[tuple[Field, Any]]:
        """Return the rows that say something."""
        return [(field, value) for field in FIELDS if (value := getattr(self, field.attribute)) not in ("", b"", None, ())]


def covers(pattern: str, model: str) -> bool:
    """Return whether a model is meant by a certificate's pattern: the same, or beginning like it where it ends in `*`."""
    return model.startswith(pattern[:-1]) if pattern.endswith("*") else model == pattern


def verdict_root(verdicts: Mapping[str, str]) -> bytes:
    """Return the SHA-256 over the verdicts, sorted by test id; raise SchemaViolation for words that are no verdicts."""
    for test, verdict in verdicts.items():
        if verdict not in VERDICTS or not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", test):
            raise SchemaViolation(f"{test!r}: {verdict!r} is no verdict of a test; there are {', '.join(VERDICTS)}")
    return hashlib.sha256("".join(f"{test} {verdicts[test]}\n" for test in sorted(verdicts)).encode()).digest()


def facts_document(facts: RunFacts) -> dict[str, Any]:
    """Return a run as JSON data, as `run.json` of a report holds it."""
    return asdict(facts) | {"verdicts": dict(facts.verdicts)}


def facts_from(document: Any) -> RunFacts:
    """Return the run in JSON data; raise SchemaViolation naming what is missing or wrong."""
    if not isinstance(document, dict) or not isinstance(document.get("verdicts"), dict):
        raise SchemaViolation("this is no record of a run: it needs `verdicts`, test id to verdict")
    known = {field.name for field in fields(RunFacts)}
    needed = known - {"firmware", "firmware_hash"}
    if missing := sorted(needed - document.keys()):
        raise SchemaViolation(f"the record of the run lacks {', '.join(missing)}")
    words = {name: value for name, value in document.items() if name in known and name != "verdicts"}
    if wrong := sorted(name for name, value in words.items() if not isinstance(value, str)):
        raise SchemaViolation(f"in the record of the run {', '.join(wrong)} must be text")
    return RunFacts(verdicts={str(test): str(verdict) for test, verdict in document["verdicts"].items()}, **words)


def _check_head(statement: Statement) -> None:
    if not isinstance(statement.number, str) or not _NUMBER.match(statement.number):
        raise SchemaViolation("a certificate's number has 1 to 64 letters, digits and . _ / -")
    for name, moment in (("issued", statement.issued), ("expires", statement.expires)):
        if type(moment) is not int or not 0 <= moment < LATEST:
            raise SchemaViolation(f"`{name}` is no date: whole seconds since 1970")
    if statement.issued >= statement.expires:
        raise SchemaViolation("a certificate ends after it was issued")
    if not isinstance(statement.bound_key, bytes) or len(statement.bound_key) not in (0, KEY_BYTES):
        raise SchemaViolation("the appliance's key is an Ed25519 key of 32 bytes")
    if not (statement.mark and statement.holder and statement.models and statement.kind):
        raise SchemaViolation("a certificate names its mark, its holder, at least one model and the kind")


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise SchemaViolation(f"`{name}` is a text of at most {_LONGEST} printable characters")


def _texts(name: str, value: Any) -> None:
    if not isinstance(value, tuple) or not 0 < len(value) <= _MOST_MODELS or "" in value:
        raise SchemaViolation(f"`{name}` has 1 to {_MOST_MODELS} texts, none of them empty")
    for each in value:
        _text(name, each)


def _number(name: str, value: Any) -> None:
    if value is not None and (type(value) is not int or not 0 <= value <= 100_000):  # noqa: PLR2004 - tests, grades
        raise SchemaViolation(f"`{name}` is a whole number from 0 to 100000")


def _hash(name: str, value: Any) -> None:
    if not isinstance(value, bytes) or len(value) not in (0, HASH_BYTES):
        raise SchemaViolation(f"`{name}` is a SHA-256 of 32 bytes")


_CHECKS: Final = {Shape.TEXT: _text, Shape.TEXTS: _texts, Shape.NUMBER: _number, Shape.HASH: _hash}
