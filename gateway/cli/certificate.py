"""`hulian certificate`: make, show, check and withdraw certificates of conformance, and say whom this home believes. All of it offline."""

import typer

from gateway.cli.certificate_lists import revoke_certificate, status_lists
from gateway.cli.certificate_look import show_certificate, verify_certificate
from gateway.cli.certificate_make import make_key, sign_certificate
from gateway.cli.certificate_trust import app as trust

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Certificates of conformance: make keys, sign, show, check, withdraw; whom this home believes. Nothing asks the network.",
)
app.command("keygen")(make_key)
app.command("sign")(sign_certificate)
app.command("show")(show_certificate)
app.command("verify")(verify_certificate)
app.command("revoke")(revoke_certificate)
app.command("status")(status_lists)
app.add_typer(trust, name="trust")
