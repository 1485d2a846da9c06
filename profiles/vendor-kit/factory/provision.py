"""Gives every unit its own key at the line, and the maker a ledger of all of them. Never the same key, id or serial number twice.

    python provision.py make --model EX-P10 --ledger ledger.jsonl --out units SERIAL...
    python provision.py wipe --ledger ledger.jsonl --out units ID...
    python provision.py check --ledger ledger.jsonl --out units

Each unit gets a folder: `device.key` (Ed25519, PKCS #8 in PEM, read by its owner alone) goes into the unit and is then wiped here,
`device.key.pub` is the public half (43 characters of base64url), `unit.json` is what the firmware reads: its id, the hash of its serial
number, the date. The ledger has a line a unit, public facts only, and each line holds the hash of the one before: what was there cannot be
taken out or changed without a trace. The file is locked while a line is added, so several stations may share it.
"""

import argparse
import base64
import fcntl
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

GENESIS = "0" * 64
UNIQUE = ("serial", "id", "public")


class Mistake(Exception):
    """What must stop the line, in words for who stands there."""


def text_of(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unit_id(model: str, public: bytes) -> str:
    """Return the id of a unit: the model and 50 bits that say nothing of the serial number; small letters, digits and hyphens."""
    mark = base64.b32encode(hashlib.sha256(public).digest()).decode().lower()[:10]
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in model.lower())
    return f"{plain[:40]}-{mark}"


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """Return the lines of the ledger; Mistake at the first that was changed, or that repeats what must not be repeated."""
    lines = path.read_text().splitlines() if path.exists() else []
    entries: list[dict[str, Any]] = []
    seen: dict[str, set[str]] = {name: set() for name in UNIQUE}
    before = GENESIS
    for number, line in enumerate(lines, start=1):
        entry = json.loads(line)
        if entry["prev"] != before or entry["n"] != number:
            raise Mistake(f"{path}:{number}: something before this line was changed or taken out")
        for name in UNIQUE:
            if entry[name] in seen[name]:
                raise Mistake(f"{path}:{number}: the {name} {entry[name]} is there twice")
            seen[name].add(entry[name])
        before = hashlib.sha256(line.encode()).hexdigest()
        entries.append(entry)
    return entries


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other station out while the block lasts."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(serial: str, *, model: str, ledger: Path, out: Path) -> dict[str, Any]:
    """Make one unit: its folder first, its line in the ledger last. Mistake when the serial number was used before."""
    with locked(ledger):
        entries = read_ledger(ledger)
        if any(entry["serial"] == serial for entry in entries):
            raise Mistake(f"{serial} has its key already: two units bear the same number, or this one was here before")
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        identifier, salt = unit_id(model, public), secrets.token_hex(16)
        if any(entry["public"] == text_of(public) or entry["id"] == identifier for entry in entries):
            raise Mistake("the same key came twice: this station's source of chance is broken; stop and look")
        made = datetime.now(UTC).date().isoformat()
        serial_hash = hashlib.sha256(f"{salt}\n{serial}".encode()).hexdigest()
        _write_unit(out / identifier, key, text_of(public), {"id": identifier, "model": model, "made": made, "serialHash": serial_hash})
        entry = {
            "n": len(entries) + 1,
            "prev": hashlib.sha256(ledger.read_text().splitlines()[-1].encode()).hexdigest() if entries else GENESIS,
            "serial": serial,
            "salt": salt,
            "id": identifier,
            "public": text_of(public),
            "model": model,
            "made": made,
        }
        _append(ledger, entry)
        return entry


def _write_unit(folder: Path, key: Ed25519PrivateKey, public: str, unit: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, data, mode in (
        ("device.key", pem, 0o600),
        ("device.key.pub", f"{public}\n".encode(), 0o644),
        ("unit.json", json.dumps(unit, indent=1).encode() + b"\n", 0o644),
    ):
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _append(ledger: Path, entry: dict[str, Any]) -> None:
    with ledger.open("a") as file:
        file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        file.flush()
        os.fsync(file.fileno())


def wipe(folder: Path) -> None:
    """Take the private half away once the unit has it. On flash this is no promise: keep `--out` in memory (tmpfs), see the guide."""
    file = folder / "device.key"
    if not file.exists():
        raise Mistake(f"{file} is not there")
    file.write_bytes(secrets.token_bytes(file.stat().st_size))
    file.unlink()


def check(ledger: Path, out: Path) -> int:
    """Look the ledger and the folders through; return how many units there are. Mistake for what does not fit."""
    entries = read_ledger(ledger)
    for entry in entries:
        folder = out / entry["id"]
        if folder.exists() and (folder / "device.key.pub").read_text().strip() != entry["public"]:
            raise Mistake(f"{folder}: its public key is not the one in the ledger")
    known = {entry["id"] for entry in entries}
    if strays := [folder.name for folder in out.iterdir() if folder.is_dir() and folder.name not in known] if out.exists() else []:
        raise Mistake(f"units without a line in the ledger: {', '.join(strays)}; the station stopped between the two: destroy their keys")
    return len(entries)


def main() -> int:
    """Return 0, or 1 after saying what must be looked at."""
    parser = argparse.ArgumentParser(prog="provision", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("make", "wipe", "check"))
    parser.add_argument("units", nargs="*", metavar="SERIAL", help="serial numbers; for `wipe`: ids")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the folder of the units' folders")
    parser.add_argument("--model", default="")
    chosen = parser.parse_intermixed_args()
    try:
        if chosen.do == "check":
            sys.stdout.write(f"{check(chosen.ledger, chosen.out)} units, each with a key of its own\n")
        for unit in chosen.units if chosen.do == "wipe" else ():
            wipe(chosen.out / unit)
        for serial in chosen.units if chosen.do == "make" else ():
            entry = make(serial, model=chosen.model or parser.error("--model is missing"), ledger=chosen.ledger, out=chosen.out)
            sys.stdout.write(json.dumps({"serial": serial, "id": entry["id"], "public": entry["public"]}) + "\n")
    except Mistake as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
