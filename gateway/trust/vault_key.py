"""The file with the vault's root key: made once, only for its owner to read, and never half.

It lies beside the database it opens and in no clear backup of it. Whoever deletes it has destroyed every secret.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from gateway.errors import SetupError
from gateway.trust.seal import KEY_BYTES

KEY_FILE: Final = "vault.key"
_LENGTH: Final = 2 * KEY_BYTES + 1
"""Hexadecimal digits and the end of the line."""
RECOVER: Final = (
    "put the file back from a backup, or begin anew with `hulian reset` (clients pair again, appliances with a password are accepted again)"
)
"""What helps when the key is not the one the secrets were sealed with."""


def root_key(path: Path, *, needed: bool) -> bytes:
    """Return the key in `path`, made now when there is none and nothing is sealed yet (`needed` False).

    Raise SetupError, which says what to do, when it is missing, half-written, readable by others, or cannot be made.
    """
    try:
        text = _read(path)
        if text is None:
            if needed:
                raise SetupError(f"{path} is missing, and secrets of this home are sealed with it: {RECOVER}")
            return _made(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be used as the vault's key: {error.strerror}") from error
    return _parsed(path, text, needed)


def destroy_key(path: Path) -> None:
    """Overwrite and remove the key: nothing that was sealed with it, here or in a copy, opens again. Twice is no error.

    What else may lie in its place (a link, a pipe) is removed too; raise SetupError for what cannot be.
    """
    try:
        _overwrite(path)
        path.unlink(missing_ok=True)
        _flush_folder(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be removed: {error.strerror}. Remove it by hand and begin again") from error


def replace_key(path: Path, by: Path) -> None:
    """Let the key in `by` be the key in `path`, and overwrite the one that was there; raise SetupError."""
    try:
        old = path.with_name(path.name + ".old")
        old.unlink(missing_ok=True)
        if path.exists():
            old.hardlink_to(path)
        by.rename(path)
        _flush_folder(path)
        _overwrite(old)
        old.unlink(missing_ok=True)
        _flush_folder(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be replaced: {error.strerror}. Mend that and start again: it goes on") from error


def _overwrite(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # not there, or nothing that could hold a key
    try:
        os.write(descriptor, bytes(_LENGTH))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    """Return at most a little more than a key's length; None when there is no file; raise SetupError for one that is not private."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise SetupError(f"{path} is not a file: move it away, then {RECOVER}")
        if about.st_mode & 0o077:
            raise SetupError(
                f"{path} may be read by others (mode {stat.S_IMODE(about.st_mode):04o}): `chmod 600 {path}`. "
                "If others use this machine, they may have copied it: then `hulian reset` is the safe way"
            )
        return os.read(descriptor, _LENGTH + 1)
    finally:
        os.close(descriptor)


def _parsed(path: Path, text: bytes, needed: bool) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii")) if len(text) == _LENGTH and text.endswith(b"\n") else b""
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        remedy = RECOVER if needed else "nothing is sealed with it yet, so remove it and start again"
        raise SetupError(f"{path} is damaged or only half there ({len(text)} bytes read, {_LENGTH} expected): {remedy}")
    return key


def _made(path: Path) -> bytes:
    """Write a new key so that the file is there whole or not at all, also after a power cut."""
    key = secrets.token_bytes(KEY_BYTES)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, key.hex().encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.rename(path)
    _flush_folder(path)
    return key


def _flush_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
