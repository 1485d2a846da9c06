"""`hulian scene undo`: the last run of a scene taken back, once; asked again, it says when that was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.scene_name import by_name
from gateway.cli.scene_report import end_with
from gateway.errors import Unknown


def undo(
    name: Annotated[str, typer.Argument(metavar="SCENE|RUN", help="A scene, for its last run; or a run.", callback=by_name)],
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Put every device of a run back to what it showed before; what somebody changed since is left as it is, and said.

    An older run is named by its id, as `hulian scene reports` shows it.

    Example:  hulian scene undo leaving
    """
    with Client(options.data) as client:
        reports = client.call("scene-reports", scene=name, limit=20) or client.call("scene-reports", limit=20)
        run = _meant(client, name, reports)
        if (undone := _undone(run, reports)) is None:
            report = client.call("scene-undo", run=run)
    if undone is None:
        end_with(report, json=json)
    elif json:
        print_json(undone)
    else:
        at = datetime.fromtimestamp(undone["ended"]).astimezone()
        console().print(Text.assemble((undone["scene"], "bold"), f"  was undone at {at:%H:%M}: nothing is left to put back"))


def _meant(client: Client, name: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the run that is meant by a scene's name, or a run's id; raise Unknown for a scene that was not run yet."""
    if newest := next((report["id"] for report in reports if report["scene"] == name and not report["undoes"]), None):
        return str(newest)
    if any(scene["id"] == name for scene in client.call("scenes")):
        raise Unknown(f"{name} has not been run yet: nothing to undo")
    return name


def _undone(run: str, reports: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the report that took a run back whole, None where none did: what did not come back is tried again."""
    return next((report for report in reports if report["undoes"] == run and report["good"]), None)
