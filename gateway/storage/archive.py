"""The form of a backup file: a tar under gzip whose first member, `backup.json`, tells what follows, with sizes and SHA-256 sums.

Anything else is refused: it is read here in one pass, block by block, because a file from outside may ask a general reader for
folders, links, names above this one, or more memory than there is.
"""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import orjson

from gateway.errors import StorageDamaged

FORM: Final = 1
HEAD: Final = "backup.json"
_HEAD_LIMIT: Final = 1 << 18
_BLOCK: Final = tarfile.BLOCKSIZE
_CHUNK: Final = 1 << 20
_REST_LIMIT: Final = 1 << 16
"""Bytes of zeros that may follow the last member."""


@dataclass(frozen=True, slots=True)
class Member:
    """One database in a backup: its bytes, their sum, and the schema it is of."""

    size: int
    sha256: str
    schema: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return what is said of one file; raise ValueError, TypeError, KeyError."""
        return cls(_count(document["size"]), _text(document["sha256"]) or "", _count(document["schema"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup says of itself. `made`: ISO 8601; `key_id`: which vault key its secrets need; `key`: that key in a parcel."""

    program: str
    made: str
    gateway: str
    files: Mapping[str, Member]
    key_id: str | None = None
    key: str | None = None

    @property
    def digest(self) -> str:
        """Return the sum of everything but the parcel, which is bound to it."""
        return hashlib.sha256(orjson.dumps({**self.document(), "key": None}, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def document(self) -> dict[str, Any]:
        """Return what the first member says."""
        files = {name: {"size": file.size, "sha256": file.sha256, "schema": file.schema} for name, file in self.files.items()}
        return {
            "form": FORM,
            "program": self.program,
            "made": self.made,
            "gateway": self.gateway,
            "files": files,
            "keyId": self.key_id,
            "key": self.key,
        }

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Return what a first member says; raise StorageDamaged."""
        try:
            document = orjson.loads(text)
            if document["form"] > FORM:
                raise StorageDamaged(f"this backup was made by a newer version ({document['program']}): update the program first")
            files = {
                name: Member(_count(file["size"]), str(file["sha256"]), _count(file["schema"])) for name, file in document["files"].items()
            }
            words = (str(document[name]) for name in ("program", "made", "gateway"))
            program, made, gateway = words
            return cls(program=program, made=made, gateway=gateway, files=files, key_id=document["keyId"], key=document["key"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StorageDamaged("this is no backup of Hulian: its first part cannot be read") from error


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("no count")
    return value


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("no text")
    return value


def write_archive(into: BinaryIO, contents: Contents, folder: Path) -> None:
    """Write `contents`, and the files it names from `folder`; nothing needs to seek, so `into` may be a pipe."""
    with (
        gzip.GzipFile(fileobj=into, mode="wb", compresslevel=3, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
    ):
        head = orjson.dumps(contents.document(), option=orjson.OPT_INDENT_2)
        tar.addfile(_entry(HEAD, len(head)), io.BytesIO(head))
        for name, member in contents.files.items():
            with (folder / name).open("rb") as file:
                tar.addfile(_entry(name, member.size), file)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class ArchiveReader:
    """Reads one backup from front to back; every mistake in it is StorageDamaged."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = gzip.GzipFile(fileobj=stream, mode="rb")

    def contents(self) -> Contents:
        """Read the first member."""
        with _understood():
            name, size = self._header()
            if name != HEAD or size > _HEAD_LIMIT:
                raise StorageDamaged("this is no backup of Hulian")
            return Contents.read(self._exactly(size, padded=True))

    def extract(self, name: str, member: Member, into: BinaryIO) -> None:
        """Write the next member, which must be this one, to `into`."""
        with _understood():
            if self._header() != (name, member.size):
                raise StorageDamaged(f"the backup is damaged: {name} is not where it should be")
            digest, left = hashlib.sha256(), member.size
            while left:
                chunk = self._exactly(min(left, _CHUNK))
                digest.update(chunk)
                into.write(chunk)
                left -= len(chunk)
            self._exactly(-member.size % _BLOCK)
            if digest.hexdigest() != member.sha256:
                raise StorageDamaged(f"the backup is damaged: {name} is not what was written")

    def end(self) -> None:
        """Check that nothing follows, and that the file is whole."""
        with _understood():
            rest = self._stream.read(_REST_LIMIT)
            if len(rest) < 2 * _BLOCK or any(rest) or self._stream.read(1):
                raise StorageDamaged("the backup is damaged: it does not end where it should")

    def _header(self) -> tuple[str, int]:
        entry = tarfile.TarInfo.frombuf(self._exactly(_BLOCK), "ascii", "strict")
        if not entry.isreg():
            raise StorageDamaged("this is no backup of Hulian: there is something in it that is not a file")
        return entry.name, _count(entry.size)

    def _exactly(self, size: int, *, padded: bool = False) -> bytes:
        wanted = size + (-size % _BLOCK if padded else 0)
        found = self._stream.read(wanted)
        if len(found) < wanted:
            raise EOFError
        return found[:size]


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what a file that is no backup, or a part of one, makes the readers raise into words."""
    try:
        yield
    except (tarfile.HeaderError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise StorageDamaged(f"this is no backup of Hulian, or it is damaged ({error})") from error
    except EOFError as error:
        raise StorageDamaged("the backup is cut off: its end is missing") from error
