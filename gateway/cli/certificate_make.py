"""`hulian certificate keygen` and `sign`: a key of one's own, and certificates for the units of a factory."""

import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.cli.certificate_files import Json, Key, PassphraseFile, day, read_small, signing_key, write_new
from gateway.cli.output import console, print_json
from gateway.cli.passphrase import ask_passphrase
from gateway.errors import BadSyntax, StateConflict
from gateway.trust.certificate.paper import read_paper
from gateway.trust.certificate.signing import Certificate, sign_again, sign_run
from gateway.trust.certificate.signing_key import SigningKey, new_signing_key, read_public_key, write_signing_key
from gateway.trust.certificate.statement import facts_from
from gateway.trust.parcel import checked_passphrase


def make_key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; its public half goes beside it, with .pub at the end.")],
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Protect it with a passphrase, which is asked for.")] = False,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make a key that signs certificates, or that an appliance proves. A file that is there is never written over.

    For example:

      hulian certificate keygen maker.key --passphrase

      hulian certificate keygen unit-0042.key
    """
    wanted = passphrase or passphrase_file is not None
    words = checked_passphrase(ask_passphrase(passphrase_file, twice=True)) if wanted else ""
    key = new_signing_key()
    public = write_signing_key(key, file, words)
    if json:
        print_json({"key": str(file), "public": str(public), "id": key.id})
        return
    console().print(f"Private key  {file}  (readable by you alone; keep it here)", markup=False)
    console().print(f"Public key   {public}  {key.id}", markup=False)


def sign_certificate(
    record: Annotated[Path, typer.Argument(help="run.json of a report of `hulian conformance`, or a certificate whose run is meant.")],
    key: Key,
    device_key: Annotated[
        Path | None, typer.Option(help="Public key of the unit it is for; without one nobody can tell a copy from it.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Name of the files, without ending; default: the record's.", show_default=False)] = None,
    days: Annotated[int, typer.Option(min=1, max=7300, help="How many days it is good for.")] = 365,
    status: Annotated[str, typer.Option(help="Name of the status list that may withdraw it.")] = "",
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Sign the certificate of a run, for one unit: NAME.cose for its QR code, NAME.jws for its `claims`.

    For example:

      hulian certificate sign report/run.json --key maker.key --device-key unit-0042.key.pub --out unit-0042

      hulian certificate sign unit-0042.cose --key maker.key --device-key unit-0043.key.pub --out unit-0043
    """
    bound = read_public_key(device_key) if device_key is not None else b""
    made = _signed(read_small(record), signing_key(key, passphrase_file), days=days, status=status, bound=bound)
    base = out or record.with_suffix("")
    files = (base.with_name(base.name + ".cose"), base.with_name(base.name + ".jws"))
    for path, text in zip(files, (made.cose, made.jws.encode() + b"\n"), strict=True):
        write_new(path, text)
    if json:
        print_json({"number": made.statement.number, "cose": str(files[0]), "jws": str(files[1]), "bytes": len(made.cose)})
        return
    until = f"until {day(made.statement.expires)}"
    console().print(f"Certificate {made.statement.number} of {made.statement.models[0]}, {until}", markup=False)
    console().print(f"  {files[0]}  {len(made.cose)} bytes, for a QR code (hulian certificate show {files[0]} --qr)", markup=False)
    console().print(f"  {files[1]}  what the appliance carries among its claims", markup=False)
    if not bound:
        console().print("It is bound to no appliance's key, so a hub will call it unverified: --device-key binds it.", style="yellow")


def _signed(text: bytes, key: SigningKey, *, days: int, status: str, bound: bytes) -> Certificate:
    now = time.time()
    if text.lstrip()[:1] == b"{":
        try:
            facts = facts_from(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise BadSyntax("the record of the run is no JSON") from error
        return sign_run(facts, key, now=now, days=days, status=status, bound_key=bound)
    paper = read_paper(text)
    if not paper.genuine():
        raise StateConflict("the signature of that certificate is wrong: what it says is not signed again")
    inherited = paper.statement.status if paper.issuer == key.public else ""  # a list withdraws what its own key signed
    return sign_again(paper.statement, key, now=now, days=days, status=status or inherited, bound_key=bound)
