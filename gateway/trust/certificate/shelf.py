"""The lists a home keeps, as files in its data folder: a person puts them there, the hub looks at them whenever it checks.

    certificates/trust/NAME.json     a trust list that counts because it lies here
    certificates/trust/NAME.jws      one that counts when a key named above for lists signed it
    certificates/status/NAME.jws     a status list

What cannot be read is left aside and said (`troubles`). Files are small and few; more than `MOST` of a kind are not looked at.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from gateway.errors import BadSyntax, CommandError, SetupError
from gateway.trust.certificate.status_list import LIMIT as LONGEST
from gateway.trust.certificate.status_list import StatusList, read_status_list
from gateway.trust.certificate.trust_list import Issuer, TrustList, is_signed, read_signed_trust_list, read_trust_list

FOLDER: Final = "certificates"
MOST: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Shelf:
    """All lists of a home. `troubles`: files that count for nothing, with the reason."""

    trust: TrustList
    statuses: tuple[StatusList, ...]
    troubles: tuple[str, ...] = ()


def read_shelf(data: Path) -> Shelf:
    """Return the lists in a data folder; a folder without any is an empty shelf. Raise ExtraMissing where one is signed."""
    troubles: list[str] = []
    local: list[Issuer] = []
    signed: list[Issuer] = []
    for path, text in _files(data / FOLDER / "trust", ".json", troubles):
        local += _tried(path, troubles, partial(read_trust_list, text)) or ()
    for path, text in _files(data / FOLDER / "trust", ".jws", troubles):
        signed += _tried(path, troubles, partial(read_signed_trust_list, _plain(text), local)) or ()
    statuses = []
    for path, text in _files(data / FOLDER / "status", ".jws", troubles):
        if (status := _tried(path, troubles, partial(read_status_list, _plain(text)))) is not None:
            statuses.append(status)
    mine = {issuer.key for issuer in local}  # of a key that is named here, nobody else has a say
    issuers = (*local, *(issuer for issuer in signed if issuer.key not in mine))
    return Shelf(TrustList(issuers), tuple(statuses), tuple(troubles))


def put_trust(data: Path, name: str, text: bytes) -> Path:
    """Put a trust list on the shelf, over one of that name; raise BadSyntax when it could not count, SetupError."""
    if not _NAME.match(name):
        raise SetupError(f"{name!r} is no name for a list: use letters, digits and . _ -")
    if is_signed(text):
        read_signed_trust_list(_plain(text), read_shelf(data).trust.issuers)
        return _put(data / FOLDER / "trust" / f"{name}.jws", text)
    read_trust_list(text)
    return _put(data / FOLDER / "trust" / f"{name}.json", text)


def put_status(data: Path, text: bytes) -> tuple[Path, StatusList]:
    """Put a status list on the shelf, over an older one of its issuer; raise BadSyntax when it is none, or older than the one here."""
    status = read_status_list(_plain(text))
    for known in read_shelf(data).statuses:
        if (known.name, known.signer) == (status.name, status.signer) and known.issued > status.issued:
            raise BadSyntax("a newer list of this name and issuer is here already")
    name = hashlib.sha256(status.signer + status.name.encode()).hexdigest()[:24]
    return _put(data / FOLDER / "status" / f"{name}.jws", text), status


def take_trust(data: Path, name: str) -> None:
    """Take a trust list off the shelf; raise SetupError when there is none of that name."""
    paths = [data / FOLDER / "trust" / f"{name}{ending}" for ending in (".json", ".jws")] if _NAME.match(name) else []
    there = [path for path in paths if path.is_file()]
    if not there:
        raise SetupError(f"there is no trust list {name!r}: hulian certificate trust")
    for path in there:
        path.unlink()


def read_list(path: Path) -> bytes:
    """Return the text of a list; raise SetupError when it cannot be read or is too long."""
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1)
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > LONGEST:
        raise SetupError(f"{path} is longer than any list that is read ({LONGEST} bytes)")
    return text


def _files(folder: Path, ending: str, troubles: list[str]) -> Iterator[tuple[Path, bytes]]:
    paths = sorted(path for path in folder.glob(f"*{ending}") if path.is_file()) if folder.is_dir() else []
    troubles += [f"{path}: more than {MOST} lists" for path in paths[MOST:]]
    for path in paths[:MOST]:
        try:
            yield path, read_list(path)
        except SetupError as error:
            troubles.append(str(error))


def _tried(path: Path, troubles: list[str], read: Callable[[], Read]) -> Read | None:
    try:
        return read()
    except CommandError as error:
        troubles.append(f"{path}: {error}")
        return None


def _plain(text: bytes) -> str:
    return text.decode("ascii", errors="replace").strip()


def _put(path: Path, text: bytes) -> Path:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    try:
        for folder in (path.parent.parent.parent, path.parent.parent, path.parent):  # `parents=True` would leave all but the last open
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".new")
        with beside.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error
    return path
