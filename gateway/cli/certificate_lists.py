"""`hulian certificate revoke` and `status`: what an issuer withdrew, and which such lists this home has."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.certificate_files import Json, Key, PassphraseFile, day, home_data, read_small, signing_key, write_over
from gateway.cli.output import console, print_json
from gateway.errors import SetupError
from gateway.trust.certificate.paper import read_paper
from gateway.trust.certificate.shelf import put_status, read_list, read_shelf
from gateway.trust.certificate.signing_key import SigningKey, key_id
from gateway.trust.certificate.status_list import FRESH_SECONDS, StatusList, document, read_status_list, today, write_status_list

File = Annotated[Path, typer.Option("--list", help="The status list; made when it is not there.", show_default=False)]


def revoke_certificate(
    what: Annotated[str, typer.Argument(metavar="CERTIFICATE", help="Its number, or its file.")],
    key: Key,
    file: File,
    name: Annotated[str, typer.Option(help="Name of a new list, as certificates name it (`sign --status`).")] = "",
    on: Annotated[str | None, typer.Option(help="The day from which it does not hold; default: today.", show_default=False)] = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Withdraw a certificate: its number goes into the signed status list, which is then dated anew. Hubs believe a list for 7 days.

    For example:

      hulian certificate revoke unit-0042.cose --key maker.key --list status.jws --name https://example.com/status
    """
    signer, now = signing_key(key, passphrase_file), time.time()
    known = _mine(file, signer) if file.exists() else None
    number, named = _meant(what)
    title = known.name if known is not None else name or named
    if not title:
        raise SetupError("this list is new: say with --name what certificates call it")
    revoked = {**(known.revoked if known is not None else {}), number: on or today(now)}
    write_over(file, write_status_list(title, revoked, signer, now).encode() + b"\n")
    if json:
        print_json({"list": str(file), "name": title, "number": number, "on": revoked[number]})
        return
    console().print(
        f"{number} is withdrawn from {revoked[number]} on. Give {file} to the homes: hulian certificate status --add {file}", markup=False
    )


def status_lists(
    file: Annotated[Path | None, typer.Argument(help="A status list to show; without it, those of this home.", show_default=False)] = None,
    add: Annotated[Path | None, typer.Option(help="Let this home know a status list.", show_default=False)] = None,
    renew: Annotated[
        Path | None, typer.Option(help="Date a list of your own anew, also where nothing was withdrawn.", show_default=False)
    ] = None,
    key: Annotated[Path | None, typer.Option(help="With --renew: the key that signs it.", show_default=False)] = None,
    name: Annotated[str, typer.Option(help="With --renew: name of a list that is not there yet.")] = "",
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Show status lists, let this home know one, or date one anew.

    For example:

      hulian certificate status

      hulian certificate status --add lab-status.jws

      hulian certificate status --renew status.jws --key maker.key --name https://example.com/status
    """
    if renew is not None:
        _renew(renew, key, name, passphrase_file)
    if add is not None:
        path, _ = put_status(home_data(), read_list(add))
        console(error=True).print(f"{add} is known here now, as {path}", markup=False)
    lists, troubles = _shown(file or renew)
    if json:
        print_json([document(each) for each in lists])
        return
    for each in lists:
        _tell(each)
    for trouble in troubles:
        console().print(trouble, style="yellow", markup=False)
    if not lists and not troubles:
        console().print("This home knows no status list: hulian certificate status --add FILE")


def _shown(file: Path | None) -> tuple[tuple[StatusList, ...], tuple[str, ...]]:
    if file is not None:
        return (read_status_list(_ascii(read_list(file))),), ()
    shelf = read_shelf(home_data())
    return shelf.statuses, shelf.troubles


def _renew(file: Path, key: Path | None, name: str, passphrase_file: Path | None) -> None:
    if key is None:
        raise SetupError("dating a list anew needs the key that signs it: --key FILE")
    signer = signing_key(key, passphrase_file)
    known = _mine(file, signer) if file.exists() else None
    title = known.name if known is not None else name
    if not title:
        raise SetupError("this list is new: say with --name what certificates call it")
    write_over(file, write_status_list(title, known.revoked if known is not None else {}, signer, time.time()).encode() + b"\n")


def _mine(file: Path, signer: SigningKey) -> StatusList:
    known = read_status_list(_ascii(read_list(file)))
    if known.signer != signer.public:
        raise SetupError(f"{file} was signed with {key_id(known.signer)}, not with this key")
    return known


def _meant(what: str) -> tuple[str, str]:
    """Return the number of a certificate and the name of its list, as far as that is known."""
    path = Path(what)
    if not path.is_file():
        return what, ""
    statement = read_paper(read_small(path)).statement
    return statement.number, statement.status


def _tell(status: StatusList) -> None:
    old = "" if time.time() - status.issued <= FRESH_SECONDS else "  older than 7 days: what it does not name is no longer known"
    console().print(f"{status.name}  of {day(status.issued)}, signed with {key_id(status.signer)}{old}", markup=False)
    rows: list[Any] = sorted(status.revoked.items(), key=lambda row: row[1])
    for number, since in rows:
        console().print(f"  {number}  withdrawn from {since} on", markup=False)


def _ascii(text: bytes) -> str:
    return text.decode("ascii", errors="replace").strip()
