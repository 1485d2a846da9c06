"""`hulian certificate show` and `verify`: what a certificate says, and whether it is to be believed."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.certificate_files import Json, day, home_data, moment, read_small
from gateway.cli.output import console, print_json
from gateway.cli.standing import OUTCOMES
from gateway.trust.certificate.circumstances import Circumstances
from gateway.trust.certificate.claim import subject
from gateway.trust.certificate.paper import check_paper, cose_of, read_paper
from gateway.trust.certificate.shelf import Shelf, read_list, read_shelf
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.signing import qr_text
from gateway.trust.certificate.signing_key import key_id
from gateway.trust.certificate.standing import Outcome, Standing
from gateway.trust.certificate.statement import LATEST
from gateway.trust.certificate.status_list import read_status_list
from gateway.trust.certificate.trust_list import Issuer, TrustList, is_signed, read_signed_trust_list, read_trust_list

Paper = Annotated[Path, typer.Argument(metavar="FILE", help="A certificate: .cose, .jws, or the text of its QR code.")]
TITLES = {
    "mark": "Mark",
    "holder": "Holder",
    "model": "Models",
    "kind": "Kind",
    "std": "Standard",
    "grade": "Grade",
    "profile": "Profile",
    "profileHash": "Profile hash",
    "firmware": "Firmware",
    "firmwareHash": "Firmware hash",
    "suite": "Suite",
    "suiteHash": "Suite hash",
    "verdictRoot": "Verdict root",
    "passed": "Passed",
    "skipped": "Skipped",
    "status": "Status list",
}
"""What each member is called for people."""


def show_certificate(
    file: Paper,
    qr: Annotated[bool, typer.Option("--qr", help="Draw its QR code instead.")] = False,
    json: Json = False,
) -> None:
    """Show what a certificate says. Whether that is true, `verify` tells.

    For example:

      hulian certificate show unit-0042.jws

      hulian certificate show unit-0042.cose --qr
    """
    text = read_small(file)
    if qr:
        from gateway.cli.qr import drawn  # noqa: PLC0415 - an extra

        typer.echo(drawn(qr_text(cose_of(text))))
        return
    signed = read_paper(text)
    if json:
        print_json(_document(signed))
        return
    for title, value in _rows(signed):
        console().print(Text(f"{title:<14}").append(value, style="bold"))
    if not signed.genuine():
        console().print("Its signature is wrong: it was changed after it was signed.", style="bold red")


def verify_certificate(
    file: Paper,
    trust: Annotated[list[Path] | None, typer.Option(help="A trust list beside those of this home.", show_default=False)] = None,
    status: Annotated[list[Path] | None, typer.Option(help="A status list beside those of this home.", show_default=False)] = None,
    at: Annotated[str | None, typer.Option(help="As of a day such as 2027-05-01 instead of now.", show_default=False)] = None,
    self_declared: Annotated[bool, typer.Option("--self-declared", help="The maker's own word is enough for exit code 0.")] = False,
    json: Json = False,
) -> None:
    """Check a certificate by itself: issuer, signature, dates, withdrawal. Exit code 0 when it is verified, else 1.

    Whether the appliance that shows it is the one it was given to, only the appliance can prove: `hulian show DEVICE`.

    For example:

      hulian certificate verify unit-0042.cose --trust lab.json --status lab-status.jws
    """
    shelf = _with(read_shelf(home_data()), trust or (), status or ())
    standing = check_paper(read_small(file), Circumstances(now=moment(at), trust=shelf.trust, statuses=shelf.statuses))
    if json:
        print_json({"outcome": standing.outcome.word, "step": standing.step, "reason": standing.reason})
    else:
        _tell(standing)
    enough = Outcome.SELF_DECLARED if self_declared else Outcome.VERIFIED
    if standing.outcome < enough:
        raise typer.Exit(1)


def _with(shelf: Shelf, trust: "list[Path] | tuple[()]", status: "list[Path] | tuple[()]") -> Shelf:
    """Return the lists of the home and those a person named beside them."""
    issuers: list[Issuer] = list(shelf.trust.issuers)
    for path in trust:
        text = read_list(path)
        issuers += read_signed_trust_list(_ascii(text), issuers) if is_signed(text) else read_trust_list(text)
    statuses = [*shelf.statuses, *(read_status_list(_ascii(read_list(path))) for path in status)]
    return Shelf(TrustList(tuple(issuers)), tuple(statuses), shelf.troubles)


def _tell(standing: Standing) -> None:
    word = standing.outcome.word
    why = f" at step {standing.step}: {standing.reason}" if standing.step else ""
    console().print(Text(word, style=OUTCOMES[word]).append(why, style="not bold"))
    if (statement := standing.statement) is not None and standing.outcome > Outcome.REJECTED:
        until = f", until {day(statement.expires)}"
        console().print(f"{statement.mark} {statement.number}: {', '.join(statement.models)} of {statement.holder}{until}", markup=False)
    if standing.outcome >= Outcome.SELF_DECLARED:
        console().print(
            "Looked at was the paper alone; that an appliance is the one meant, it has to prove: hulian show DEVICE", style="dim"
        )


def _rows(signed: Signed) -> list[tuple[str, str]]:
    statement = signed.statement
    rows = [("Number", statement.number), ("Issued", day(statement.issued))]
    rows += [("Until", day(statement.expires))] if statement.expires < LATEST - 1 else []
    for name, value in subject(statement).items():
        rows.append((TITLES[name], ", ".join(value) if isinstance(value, list) else str(value)))
    rows.append(("Bound to key", key_id(statement.bound_key) if statement.bound_key else "none: a copy looks the same"))
    return [*rows, ("Signed with", key_id(signed.issuer))]


def _document(signed: Signed) -> dict[str, Any]:
    statement = signed.statement
    body: dict[str, Any] = {"number": statement.number, "issued": statement.issued, "expires": statement.expires, **subject(statement)}
    bound = key_id(statement.bound_key) if statement.bound_key else None
    return body | {"boundKey": bound, "signedWith": key_id(signed.issuer), "genuine": signed.genuine()}


def _ascii(text: bytes) -> str:
    return text.decode("ascii", errors="replace").strip()
