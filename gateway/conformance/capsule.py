"""A failure in one JSON file: everything that is needed to play it against the device again, and to see that the file is whole.

Another version of the suite may ask something else under the same name: a capsule is played by the version that wrote it, or not at all.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from gateway.conformance.check import Check
from gateway.conformance.checks.table import checks
from gateway.conformance.line import Transport
from gateway.conformance.order import Ready
from gateway.conformance.plain import plain
from gateway.conformance.selection import Selected
from gateway.conformance.suite import suite
from gateway.conformance.verdict import Outcome, Result, Verdict
from gateway.errors import SetupError

FORMAT: Final = 1
BYTES: Final = "$base64"
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a capsule that are read."""
_FACTS: Final = ("kind", "profile", "profileHash", "title", "maker", "model", "sw", "claim")


class CapsuleRefused(SetupError):
    """A file that is no capsule, a damaged one, or one of another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """`transport`: "" where the check runs over any; `inputs`: the smallest that fail, None where nothing was drawn; `trial`: of which."""

    suite: Mapping[str, str]
    target: str
    facts: Mapping[str, Any]
    check: str
    requirement: str
    transport: str
    seed: int
    inputs: list[Any] | None
    trial: int
    began: float
    failure: Mapping[str, Any]
    frames: list[dict[str, Any]]

    @property
    def id(self) -> str:
        """Return the id of the verdict it holds."""
        return f"{self.check}[{self.transport}]" if self.transport else self.check

    @property
    def file_name(self) -> str:
        """Return a name for its file."""
        return f"capsule-{self.check}{'-' if self.transport else ''}{self.transport}.json"

    def document(self) -> dict[str, Any]:
        """Return it as JSON, sealed with its own hash."""
        body = {"capsule": FORMAT, **{field.name: getattr(self, field.name) for field in fields(self)}}
        return body | {"sha256": _seal(body)}


def capsule(verdict: Verdict, result: Result) -> Capsule:
    """Return the capsule of a failure."""
    told = {name: getattr(verdict, name) for name in ("title", "expected", "sent", "came")}
    return Capsule(
        suite=dict(result.suite),
        target=result.target,
        facts=plain({name: value for name, value in result.facts.items() if name in _FACTS}),
        check=verdict.name,
        requirement=verdict.requirement,
        transport=verdict.transport,
        seed=verdict.seed,
        inputs=None if verdict.failing is None else [verdict.failing],
        trial=max(0, verdict.trial),
        began=result.began,
        failure=plain(told),
        frames=plain(verdict.frames),
    )


def capsules(result: Result) -> list[Capsule]:
    """Return a capsule for each failure of a run; what the judge failed at is none."""
    return [capsule(verdict, result) for verdict in result.verdicts if verdict.outcome is Outcome.FAILED]


def written(whole: Capsule) -> bytes:
    """Return the bytes of its file."""
    return _dumped(whole.document(), indent=1) + b"\n"


def read_capsule(path: Path) -> Capsule:
    """Return the capsule in a file; raise CapsuleRefused."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise CapsuleRefused(f"{path} cannot be read: {error.strerror}") from error
    try:
        document = json.loads(content, object_hook=_exact)
    except (ValueError, RecursionError) as error:
        raise CapsuleRefused(f"{path} is no capsule, or was cut off: {error}") from error
    if not isinstance(document, dict) or "capsule" not in document:
        raise CapsuleRefused(f"{path} is no capsule: --report DIR writes one for each failure")
    return _read(path, document)


def _read(path: Path, document: dict[str, Any]) -> Capsule:
    if document["capsule"] != FORMAT:
        raise CapsuleRefused(f"{path} is a capsule of format {document['capsule']!r}; this suite reads format {FORMAT}")
    seal = document.pop("sha256", None)
    if seal != _seal(document):
        raise CapsuleRefused(f"{path} is damaged: its content is not what its sha256 says. Take it from the report folder again")
    known = {field.name for field in fields(Capsule)}
    if missing := sorted(known - document.keys()):
        raise CapsuleRefused(f"{path} lacks {', '.join(missing)}")
    found = Capsule(**{name: document[name] for name in known})
    theirs, ours = found.suite.get("version"), suite()["version"]
    if theirs != ours:
        raise CapsuleRefused(f"{path} is of suite {theirs}, this is {ours}: play it with `pip install hulian[conformance]=={theirs}`")
    return found


def differs(found: Capsule) -> bool:
    """Return whether the checks were changed since, under the same version: what is played may not be the same."""
    return found.suite.get("hash") != suite()["hash"]


async def replayed(found: Capsule, ready: Ready) -> Verdict:
    """Play a capsule against an open target and return what becomes of it now; raise CapsuleRefused when there is no such check."""
    chosen = _chosen(found, _check(found), ready)
    return await replace(ready.runner, seed=found.seed).one(chosen, steps=found.inputs, trial=found.trial)


def _check(found: Capsule) -> Check:
    for check in checks():
        if check.name == found.check:
            return check
    raise CapsuleRefused(f"this suite has no check {found.check}")


def _chosen(found: Capsule, check: Check, ready: Ready) -> Selected:
    """Return the check as it was selected for this target, over the same transport."""
    same = [each for each in ready.selection if each.check is check]
    fit = next((each for each in same if not found.transport or each.transport == found.transport), None)
    if fit is not None:
        return fit
    return Selected(check, Transport(found.transport), "", f"it is not judged over {found.transport} in this run")


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_dumped(body)).hexdigest()


def _dumped(body: Mapping[str, Any], indent: int | None = None) -> bytes:
    """Return it as JSON that keeps every number and text exactly, and bytes as an object of their own."""
    return json.dumps(body, sort_keys=True, indent=indent, default=_told).encode()


def _told(value: Any) -> Any:
    return {BYTES: base64.b64encode(value).decode()} if isinstance(value, bytes | bytearray) else repr(value)


def _exact(found: dict[str, Any]) -> Any:
    if found.keys() == {BYTES} and isinstance(found[BYTES], str):
        return base64.b64decode(found[BYTES])
    return found
