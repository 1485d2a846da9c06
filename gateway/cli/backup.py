"""`hulian backup` and `hulian restore`: the whole home in one file, and back."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, BinaryIO

import typer

from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.passphrase import ask_passphrase
from gateway.cli.places import home_folder
from gateway.errors import SetupError
from gateway.storage.archive import Contents
from gateway.storage.backup import back_up, key_id
from gateway.storage.restoring import is_database, put_in_place, single, unpacked
from gateway.thing.timestamp import iso
from gateway.trust.parcel import checked_passphrase, packed
from gateway.trust.parcel import unpacked as opened
from gateway.trust.vault_key import KEY_FILE

STANDARD = "-"
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
PassphraseFile = Annotated[Path | None, typer.Option(help="Read the passphrase from the first line of this file (- for standard input).")]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet. - is standard output.")],
    with_key: Annotated[bool, typer.Option("--with-key", help="Put the vault's key in, sealed with a passphrase.")] = False,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Write the home into one file: devices, rooms, clients, history, sealed secrets. The gateway may go on running.

    Without a passphrase the secrets in it open only with this folder's own vault.key, which is not in it.

    For example:

      hulian backup home.hulian --with-key

      hulian backup - --passphrase-file passphrase > home.hulian
    """
    data = options.data or home_folder()
    key = _key(data)
    parcel = _parcel(passphrase_file) if key is not None and (with_key or passphrase_file is not None) else None
    with _new_file(file) as into:
        contents = back_up(data, into, program=version("hulian"), made=iso(time.time()), key=key, parcel=parcel)
    _tell_made(file, contents, json=json)


def restore(
    file: Annotated[
        Path, typer.Argument(help="What `hulian backup` wrote, or a copy in backups/ of before an upgrade. - is standard input.")
    ],
    passphrase_file: PassphraseFile = None,
    without_key: Annotated[bool, typer.Option("--without-key", help="Leave the vault's key in the backup; nobody is asked.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check it; nothing is changed.")] = False,
    json: Json = False,
) -> None:
    """Put a backup in the place of the home; the gateway must be stopped. What was there is kept in backups/.

    Example:  hulian restore home.hulian
    """
    data = options.data or home_folder()
    with ExitStack() as stack:
        place = data
        if check:  # looked at apart: the gateway may go on running
            place = Path(stack.enter_context(TemporaryDirectory(prefix="hulian-check-")))
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = stack.enter_context(_stream(file))
        start = stream.peek(16)[:16]  # type: ignore[attr-defined]
        contents, folder = stack.enter_context(single(place, file) if is_database(start) else unpacked(place, stream))
        key = None if contents.key is None or without_key else _opened(contents, passphrase_file)
        if key is not None:
            _write(folder / KEY_FILE, key)
        before = None if check else put_in_place(data, folder)
    _tell_restored(data, contents, before, json=json)


def _key(data: Path) -> bytes | None:
    try:
        return (data / KEY_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"{data / KEY_FILE} cannot be read: {error.strerror}. Make the backup as the user who runs the gateway") from error


def _parcel(passphrase_file: Path | None) -> Callable[[bytes], str]:
    passphrase = checked_passphrase(ask_passphrase(passphrase_file, twice=True))
    return lambda content: packed(content, passphrase).decode()


def _opened(contents: Contents, passphrase_file: Path | None) -> bytes:
    """Return the vault's key out of the backup; raise SchemaViolation for another passphrase, SetupError for a backup that was altered."""
    content = opened((contents.key or "").encode(), ask_passphrase(passphrase_file))
    digest = contents.digest.encode()
    key = content.removesuffix(digest)
    if not content.endswith(digest) or key_id(key) != contents.key_id:
        raise SetupError("the key in this backup belongs to another one: what is around it was altered. Nothing was changed")
    return key


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """Write a file that is there whole or not at all, for its owner only; or standard output."""
    if str(file) == STANDARD:
        if sys.stdout.isatty():
            raise SetupError("a backup is nothing for a terminal: `hulian backup - > FILE`")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if file.exists():
        raise SetupError(f"{file} is there already: choose another name")
    part = file.with_name(file.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as into:
            yield into
            into.flush()
            os.fsync(into.fileno())
        part.rename(file)
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _stream(file: Path) -> Iterator[BinaryIO]:
    if str(file) == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}") from error
    with stream:
        yield stream


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as into:
        into.write(content)


def _tell_made(file: Path, contents: Contents, *, json: bool) -> None:
    if json and str(file) != STANDARD:
        print_json(_document(contents))
        return
    out = console(error=True)
    size = sum(member.size for member in contents.files.values())
    out.print(
        f"{contents.gateway} as of {contents.made}: {', '.join(contents.files)}, {size / (1 << 20):.1f} MiB before packing.", markup=False
    )
    if contents.key is not None:
        out.print("The vault's key is in it, sealed with your passphrase. Without that nobody can open it, and neither can we.")
    elif contents.key_id is not None:
        out.print(f"Its secrets open only with {KEY_FILE} of this folder, which is not in it: keep a copy apart, or use --with-key.")


def _tell_restored(data: Path, contents: Contents, before: Path | None, *, json: bool) -> None:
    mine = _key(data)
    fits = contents.key_id is None or (mine is not None and key_id(mine) == contents.key_id)
    if json:
        where = None if before is None else str(before)
        print_json({**_document(contents), "restored": before is not None, "before": where, "keyFits": fits})
        return
    out = console()
    if before is None:
        out.print(f"Sound: {contents.gateway}, {contents.made}, made by {contents.program}. Nothing was changed.", markup=False)
        return
    names, made = ", ".join(contents.files), contents.made or "before an upgrade"
    out.print(f"{names} of {made} in place; what was there is in {before}.", markup=False)
    out.print("Whoever was let in then is let in again, and whoever was revoked since: look at `hulian clients` after the start.")
    if not fits:
        wrong = f"{data / KEY_FILE} is not the key of these secrets: put the right one there, or use `hulian reset`."
        out.print(wrong, style="yellow", markup=False)


def _document(contents: Contents) -> dict[str, object]:
    return {**contents.document(), "key": None if contents.key is None else "sealed"}
