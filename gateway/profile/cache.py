"""Resolved models kept as JSON, because reading YAML takes 4 ms a kilobyte and a gateway must start in less than a second.

One file a model; its first line is the SHA-256 of the rest, its name carries the digest of all sources. A file that is
missing, damaged or of other sources is rebuilt; a folder that cannot be written is done without.
"""

import hashlib
import os
from pathlib import Path
from threading import get_ident
from typing import Any

import orjson

from gateway.thing.log import Log

_log = Log()
_FORMAT = b"hulian-model-1"


def sources_digest(root: Path) -> str:
    """Return a digest over every YAML file of the folder, names included."""
    digest = hashlib.sha256(_FORMAT)
    for path in sorted(root.glob("*.yaml")):
        content = path.read_bytes()
        digest.update(f"{path.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def load(folder: Path, name: str, sources: str) -> dict[str, Any] | None:
    """Return what was kept for `name` under these sources, or None."""
    try:
        head, _, body = _file(folder, name, sources).read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != head:
        _log.warning("kept model is damaged and will be rebuilt", model=name)
        return None
    document: dict[str, Any] = orjson.loads(body)
    return document


def keep(folder: Path, name: str, sources: str, document: dict[str, Any]) -> None:
    """Write `document` so that a reader sees all of it or nothing, and drop what older sources left."""
    body = orjson.dumps(document)
    path = _file(folder, name, sources)
    partial = path.with_suffix(f".{os.getpid()}-{get_ident()}.part")  # models are read in threads, too
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        partial.replace(path)
        for old in folder.glob(f"{name}.*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError as error:
        _log.info("resolved models cannot be kept", folder=str(folder), reason=str(error))


def _file(folder: Path, name: str, sources: str) -> Path:
    return folder / f"{name}.{sources[:16]}.json"
