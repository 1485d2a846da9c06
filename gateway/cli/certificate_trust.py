"""`hulian certificate trust`: whom this home believes, and for what."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.certificate_files import Json, Key, PassphraseFile, home_data, signing_key, write_new
from gateway.cli.output import console, print_json
from gateway.errors import SetupError
from gateway.trust.certificate.shelf import put_trust, read_list, read_shelf, take_trust
from gateway.trust.certificate.signing_key import key_from_id, key_id, read_public_key
from gateway.trust.certificate.statement import OWN_MARK
from gateway.trust.certificate.trust_list import ANY, ROLES, Issuer, read_trust_list, sign_trust_list, write_trust_list

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Whom this home believes, and for what.")


@app.command("list")
def list_trust(json: Json = False) -> None:
    """Show whose certificates this home believes.

    Example:  hulian certificate trust list
    """
    shelf = read_shelf(home_data())
    if json:
        print_json(write_trust_list(shelf.trust.issuers))
        return
    for issuer in shelf.trust.issuers:
        what = f"{', '.join(sorted(issuer.marks)) or 'trust lists'} for {', '.join(sorted(issuer.kinds)).replace(ANY, 'every kind')}"
        console().print(f"{issuer.name}  as {issuer.role}: {what}  {key_id(issuer.key)}", markup=False)
    for trouble in shelf.troubles:
        console().print(trouble, style="yellow", markup=False)
    if not shelf.trust.issuers:
        console().print("This home believes nobody yet, so no certificate is verified here: hulian certificate trust issuer NAME KEY")


@app.command("issuer")
def add_issuer(
    name: Annotated[str, typer.Argument(help="Who it is; a maker under the name its appliances give.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Their public key: 43 characters, or a file with it.")],
    role: Annotated[str, typer.Option("--as", help=f"What it signs as: {', '.join(ROLES)}.")] = "third-party",
    mark: Annotated[list[str] | None, typer.Option(help="A mark it may sign; again for each further one.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="A kind of appliance it may sign for; default: every kind.")] = None,
) -> None:
    """Believe somebody, for the marks and kinds named. Get the key from them in person, or from a place you trust.

    For example:

      hulian certificate trust issuer "Test House" lab.key.pub --mark hulian-conformance

      hulian certificate trust issuer "Hulian Simulator Works" maker.key.pub --as maker
    """
    if role not in ROLES:
        raise SetupError(f"--as is one of {', '.join(ROLES)}")
    public = read_public_key(Path(key)) if Path(key).is_file() else key_from_id(key)
    marks = frozenset(mark or (() if role == "lists" else (OWN_MARK,)))
    issuer = Issuer(name=name, key=public, role=role, marks=marks, kinds=frozenset(kind or (ANY,)))
    import orjson  # noqa: PLC0415 - only here

    text = orjson.dumps(write_trust_list([issuer]), option=orjson.OPT_INDENT_2) + b"\n"
    path = put_trust(home_data(), f"issuer-{key_id(public)[:16].lstrip('-_')}", text)
    console().print(f"{name} is believed now ({path})", markup=False)


@app.command("add")
def add_list(
    file: Annotated[Path, typer.Argument(help="A trust list: JSON you vouch for, or one signed by somebody you trust for lists.")],
    name: Annotated[str, typer.Option(help="What it is called here; default: the file's name.")] = "",
) -> None:
    """Let this home believe everybody on a list.

    Example:  hulian certificate trust add association.jws
    """
    path = put_trust(home_data(), name or file.stem, read_list(file))
    console().print(f"{file} is believed now ({path})", markup=False)


@app.command("remove")
def remove_list(name: Annotated[str, typer.Argument(help="The list, as it is called here (the file's name without ending).")]) -> None:
    """Believe those on a list no more.

    Example:  hulian certificate trust remove association
    """
    take_trust(home_data(), name)
    console().print(f"{name} is believed no more", markup=False)


@app.command("sign")
def sign_list(
    file: Annotated[Path, typer.Argument(help="A trust list as JSON.")],
    key: Key,
    out: Annotated[Path, typer.Option(help="Where the signed list goes.", show_default=False)],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Sign a trust list, so that homes that trust you for lists can take it over.

    Example:  hulian certificate trust sign issuers.json --key association.key --out association.jws
    """
    issuers = read_trust_list(read_list(file))
    write_new(out, sign_trust_list(issuers, signing_key(key, passphrase_file)).encode() + b"\n")
    console().print(f"{len(issuers)} issuers signed: {out}", markup=False)
