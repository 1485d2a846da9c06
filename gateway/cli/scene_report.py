"""How the report of a scene looks at the terminal: a line for every device, and what was measured, told and noted."""

from collections.abc import Mapping
from typing import Any, Final

import typer
from rich.text import Text

from gateway.cli.output import console, print_json, value_text
from gateway.cli.scene_effect import effect_lines
from gateway.cli.scene_power import power_lines
from gateway.cli.scene_triggers import trigger_line

COLOURS: Final = {
    "done": "green",
    "already": "green",
    "late": "yellow",
    "rolledBack": "yellow",
    "failed": "red",
    "unreachable": "red",
    "notRolledBack": "red",
    "notTried": "dim",
    "open": "dim",
}
WORDS: Final = {
    "already": "already so",
    "rolledBack": "rolled back",
    "notRolledBack": "not rolled back",
    "notTried": "not tried",
    "open": "not ended yet",
}


def end_with(report: Mapping[str, Any], *, json: bool) -> None:
    """Print a report, and leave with 1 where a device is not as the scene wants it."""
    if json:
        print_json(report)
    else:
        show_report(report)
    if not report["good"]:
        raise typer.Exit(1)


def show_report(report: Mapping[str, Any]) -> None:
    """Print a report for people."""
    out = console()
    out.print(Text.assemble((report["scene"], "bold"), f"  {report['id']}"))
    if (fired := trigger_line(report.get("trigger"))) is not None:
        out.print(fired)
    for line in report["lines"]:
        out.print(line_text(line))
    for text in effect_lines(report["effect"]):
        out.print(text)
    for alert in report["alerts"]:
        out.print(Text(f"  {alert['id']}  {alert['notice']['text']['en']}", style="bold"))
    for note in report["notes"]:
        out.print(Text(f"  {note}", style="dim"))
    for text in power_lines(report.get("power") or {}):
        out.print(text)
    if report["why"]:
        out.print(Text(f"  {report['why']}", style="red"))


def line_text(line: Mapping[str, Any]) -> Text:
    """Return what became of one device."""
    outcome = line["outcome"]
    detail = f"  {line['detail']}" if line.get("detail") else ""
    return Text.assemble("  ", line["device"], f"  {asked_of(line)}  ", (WORDS.get(outcome, outcome), COLOURS[outcome]), detail)


def asked_of(task: Mapping[str, Any]) -> str:
    """Return what a device is asked for, in few words."""
    if task.get("invoke"):
        return str(task["invoke"])
    return " ".join(f"{name}={value_text(value)}" for name, value in task.get("set", {}).items())
