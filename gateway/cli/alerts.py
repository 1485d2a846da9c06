"""`hulian alerts`: what scenes have to tell people, and that somebody has seen it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="""What scenes tell people: shown until somebody acknowledges it.

    Who is told besides stands in the configuration file: [home] notify-command = ["/usr/local/bin/tell"], or notify-webhook =
    "http://192.168.1.10:8080/alert". Both are given the alert as JSON.

    Example:  hulian alerts

    Example:  hulian alerts acknowledge
    """,
)
COLOURS: Final = {"open": "red", "unanswered": "red", "acknowledged": "green", "told": "dim"}
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: Json = False,
) -> None:
    """Show the alerts that wait for somebody; with --all every one that is kept."""
    if context.invoked_subcommand is not None:
        return
    with Client(options.data) as client:
        found = client.call("alerts", waiting=not everything)
    _list(found, json=json)


@app.command()
def acknowledge(
    alert: Annotated[str | None, typer.Argument(metavar="[ALERT]", help="Its id, or enough of it to be the only one; else all.")] = None,
    json: Json = False,
) -> None:
    """Say that somebody has seen an alert, or all that wait: it is told no more.

    Example:  hulian alerts acknowledge
    """
    with Client(options.data) as client:
        waiting = [alert] if alert else [each["id"] for each in client.call("alerts", waiting=True)]
        found = [client.call("alert-acknowledge", alert=each) for each in waiting]
    _list(found, json=json)


def _list(alerts: Sequence[Mapping[str, Any]], *, json: bool) -> None:
    for alert in alerts:
        print_json(alert) if json else _show(alert)
    if not alerts and not json:
        console().print("Nothing waits for anybody.")


def _show(alert: Mapping[str, Any]) -> None:
    out = console()
    word = Text.assemble((alert["state"], COLOURS[alert["state"]]), f"  {alert['id']}  {alert['scene']}")
    out.print(word)
    for text in alert["text"].values():
        out.print(Text(f"  {text}", style="bold"))
    escalated = f", level {alert['level'] + 1}" if alert["level"] else ""
    after = f", again {alert['next']}" if "next" in alert else ""
    out.print(Text(f"  since {alert['raised']}, told {alert['tellings']} times{escalated}{after}", style="dim"))
    if "by" in alert:
        out.print(Text(f"  acknowledged by {alert['by']} at {alert['acknowledged']}", style="dim"))
    for way, came in alert.get("told", {}).items():
        out.print(Text(f"  {way}: {came}", style="dim" if came == "told" else "yellow"))
