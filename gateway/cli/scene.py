"""`hulian scene`: what a whole home does at once: checked without it, kept in it, run, undone, and told about device by device."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.literal import read_value
from gateway.cli.options import options
from gateway.cli.output import console, counted, failure, print_json
from gateway.cli.rehearse import rehearse
from gateway.cli.scene_builtin import builtin
from gateway.cli.scene_effect import effect
from gateway.cli.scene_name import Name
from gateway.cli.scene_report import asked_of, end_with, show_report
from gateway.cli.scene_triggers import of_itself, pause, resume, triggers
from gateway.cli.scene_undo import undo
from gateway.errors import SetupError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="""Scenes: written against kinds and rooms, checked before anything moves, done as one, with the truth about every device.

    Example:  hulian scene builtin leaving >leaving.yaml; hulian scene check leaving.yaml

    Example:  hulian scene rehearse leaving.yaml; hulian scene import leaving.yaml

    Example:  hulian scene run leaving; hulian scene undo leaving
    """,
)
HOW: Final = {"wave": "at once", "inTurn": "one after the other", "shed": "off one after the other, while the mains are weak"}
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Given = Annotated[
    list[str] | None, typer.Option("--with", metavar="NAME=VALUE", help="What a parameter is this time; may stand more than once.")
]

Limit = Annotated[
    float | None,
    typer.Option("--line-limit", min=1, metavar="WATTS", help="What the home's line bears; else `line-limit` of its configuration."),
]


@app.command()
def check(files: Annotated[list[Path], typer.Argument(exists=True, help="Scene files, or folders of them.")], json: Json = False) -> None:
    """Say what is wrong in scene files, with line and rule; needs no device and no gateway.

    Scenes that are given together may have one another inside. Exit code 1 where there is an error; a warning alone is none.

    Example:  hulian scene check leaving.yaml
    """
    from gateway.cli.profile_check import finding_line  # noqa: PLC0415
    from gateway.scenes.checking import check_files  # noqa: PLC0415 - the YAML reader and the kinds

    paths = [path for file in files for path in (sorted(file.glob("*.yaml")) if file.is_dir() else [file])]
    if not paths:
        raise SetupError(f"there is no file NAME.yaml in {', '.join(map(str, files))}")
    checked = check_files(paths)
    for finding in checked.findings:
        if json:
            print_json({name: str(getattr(finding, name)) for name in ("path", "line", "pointer", "rule", "severity", "message")})
        else:
            console().print(finding_line(finding))
    if checked.errors:
        failure(f"{counted(checked.errors, 'mistake')} in {counted(checked.files, 'file')}")
        raise typer.Exit(1)
    if not json:
        console().print(f"{checked.files} checked: {'good, with remarks' if checked.findings else 'good'}")


@app.command(name="list")
def listing(json: Json = False) -> None:
    """List the scenes of the home, each with its state: on (everything is as it wants it), partly, or off.

    Example:  hulian scene list
    """
    with Client(options.data) as client:
        scenes, found = client.call("scenes"), client.call("scene-triggers")
    if json:
        print_json(scenes)
        return
    triggers_of: dict[str, list[Any]] = {}
    for record in found:
        triggers_of.setdefault(record["scene"], []).append(record)
    for scene in scenes:
        parameters = ", ".join(f"{name}={parameter['default']}" for name, parameter in scene["parameters"].items())
        title = Text.assemble(
            (scene["id"], "bold"), f"  {scene['names'].get('en', '')}  ", (scene["state"], "green" if scene["state"] == "on" else "")
        )
        console().print(title + Text(f"  {parameters}" if parameters else "", style="dim") + of_itself(triggers_of.get(scene["id"], ())))
    if not scenes:
        console().print("No scenes yet. `hulian scene import FILE` brings one.")


@app.command(name="import")
def import_(
    files: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Scene files.")] = None,
    builtin: Annotated[
        list[str] | None, typer.Option("--builtin", metavar="SCENE", help="One that comes along; `hulian scene builtin` lists them.")
    ] = None,
    json: Json = False,
) -> None:
    """Keep scenes in the home; one of the same name becomes its next version.

    Example:  hulian scene import leaving.yaml

    Example:  hulian scene import --builtin leaving --builtin cinema
    """
    from gateway.scenes.builtin.built_in import path_of  # noqa: PLC0415 - likewise
    from gateway.scenes.checking import inner_first  # noqa: PLC0415 - likewise

    with Client(options.data) as client:
        for path in inner_first([*(files or ()), *map(path_of, builtin or ())]):
            kept = client.call("scene-import", text=path.read_text(encoding="utf-8"))
            if json:
                print_json(kept)
                continue
            back = f"  (`hulian scene restore {kept['scene']} {kept['version'] - 1}` goes back)" if kept["version"] > 1 else ""
            console().print(f"{kept['scene']}, version {kept['version']}{back}", markup=False)
            for finding in kept["findings"]:
                console().print(f"  line {finding['line']}: {finding['message']}", markup=False, style="yellow")


@app.command()
def export(scene: Name, version: Annotated[int | None, typer.Option(help="An older version.")] = None) -> None:
    """Print a scene as it was written.

    Example:  hulian scene export leaving >leaving.yaml
    """
    with Client(options.data) as client:
        typer.echo(client.call("scene-text", scene=scene, version=version)["text"], nl=False)


@app.command()
def plan(
    scene: Name,
    given: Given = None,
    limit: Limit = None,
    json: Json = False,
) -> None:
    """Say what a scene would do now, device by device, and what the home will draw; nothing is asked of anybody.

    Example:  hulian scene plan leaving --with curtains=20 --line-limit 4400
    """
    with Client(options.data) as client:
        found = client.call("scene-plan", scene=scene, limit=limit, **{"with": _arguments(client, scene, given)})
    if json:
        print_json(found)
        return
    for number, part in enumerate(found["parts"], 1):
        console().print(_part_line(number, part))
        for task in part.get("tasks", ()):
            console().print(Text.assemble("   ", task["device"], f"  {asked_of(task)}  ", _prospect(task)))
    for note in found["notes"]:
        console().print(Text(f"line {note['line']}: {note['text']}", style="red" if note["error"] else "yellow"))
    console().print(Text(found["power"]["text"], style="red" if found["power"]["tooMuch"] else "dim"))


@app.command()
def run(scene: Name, given: Given = None, limit: Limit = None, json: Json = False) -> None:
    """Run a scene and say of every device what became of it.

    Exit code 0 when every device is as the scene wants it, 1 when one is not.

    Example:  hulian scene run leaving --with curtains=20

    Example:  hulian scene run coming-home --line-limit 3000
    """
    with Client(options.data) as client:
        report = client.call("scene-run", scene=scene, limit=limit, **{"with": _arguments(client, scene, given)})
    end_with(report, json=json)


@app.command()
def reports(scene: Annotated[str, typer.Argument(metavar="[SCENE]", help="Only of this scene.")] = "", json: Json = False) -> None:
    """Show what became of the last runs.

    Example:  hulian scene reports leaving
    """
    with Client(options.data) as client:
        found = client.call("scene-reports", scene=scene)
    for report in found:
        if json:
            print_json(report)
        else:
            show_report(report)


@app.command()
def history(scene: Name, json: Json = False) -> None:
    """Show the versions of a scene; `hulian scene restore` goes back to one.

    Example:  hulian scene history leaving
    """
    with Client(options.data) as client:
        versions = client.call("scene-text", scene=scene)["versions"]
    for version in versions:
        if json:
            print_json(version)
        else:
            console().print(f"{version['version']}  {version['at']}  {version['by']}", markup=False)


@app.command()
def restore(scene: Name, version: Annotated[int, typer.Argument(help="The version to go back to.")], json: Json = False) -> None:
    """Make an older version of a scene the newest again.

    Example:  hulian scene restore leaving 1
    """
    with Client(options.data) as client:
        kept = client.call("scene-restore", scene=scene, version=version)
    print_json(kept) if json else console().print(
        f"{kept['scene']} is as in version {version}, now version {kept['version']}", markup=False
    )


@app.command()
def remove(scene: Name) -> None:
    """Take a scene out of the home, with all its versions.

    Example:  hulian scene remove leaving
    """
    with Client(options.data) as client:
        client.call("scene-remove", scene=scene)


app.command()(undo)
app.command()(effect)
app.command()(rehearse)
app.command()(triggers)
app.command()(pause)
app.command()(resume)
app.command()(builtin)


def _arguments(client: Client, scene: str, given: list[str] | None) -> dict[str, Any]:
    """Return what was said of parameters, each read as the scene means it."""
    known = {each["id"]: each["parameters"] for each in client.call("scenes")}.get(scene, {}) if given else {}
    arguments = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{each!r} is no NAME=VALUE", param_hint="--with")
        arguments[name] = read_value(value, known.get(name, {"type": "string"}))
    return arguments


def _part_line(number: int, part: Mapping[str, Any]) -> Text:
    if "delay" in part:
        return Text(f"{number}. wait {part['delay']:g} s")
    if "wait" in part:
        return Text(f"{number}. wait until {', '.join(part['wait']) or 'nobody'} shows {', '.join(part['until'])}")
    if "notify" in part:
        return Text(f"{number}. tell people: {part['notify']['text']['en']}")
    return Text(f"{number}. {HOW[part.get('how', 'wave')]}")


def _prospect(task: Mapping[str, Any]) -> Text:
    if task["problem"]:
        return Text(task["problem"], style="red")
    return Text("already so" if task["already"] else "", style="dim")
