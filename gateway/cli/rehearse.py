"""`hulian scene rehearse`: a scene played on a simulated copy of the home, or of one that is not installed yet; nothing real moves."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Final

import typer
from rich.status import Status

from gateway.cli.client import Client
from gateway.cli.literal import read_value
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.rehearsal_view import Lines, progress_words, rehearsal_lines
from gateway.cli.scene_name import FILES
from gateway.errors import BadSyntax, SchemaViolation, Unknown

AWAY: Final = "away"
Hear = Callable[[Mapping[str, Any]], None]


def rehearse(
    scene: Annotated[str, typer.Argument(metavar="SCENE|FILE", help="A scene of the home, or a file that need not be imported.")],
    given: Annotated[
        list[str] | None, typer.Option("--with", metavar="NAME=VALUE", help="What a parameter is this time; may stand more than once.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(metavar="DEVICE", help="Somebody who cannot be reached; may stand more than once.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DEVICE=FAULT",
            help="away, silent, slow, lossy, dark (no mains), local (remote control off), or a code of the catalogue.",
        ),
    ] = None,
    each_away: Annotated[bool, typer.Option("--each-away", help="Then once more for each device, as if it were away.")] = False,
    limit: Annotated[
        float | None, typer.Option("--line-limit", min=1, metavar="WATTS", help="What the home's line bears; else as configured.")
    ] = None,
    home: Annotated[
        str | None, typer.Option(metavar="HOME", help="No hub is asked: a home of the simulator, such as city-flat, or a home file.")
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="Show the last rehearsal again, and whether the newest run went as it said.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Play a scene on a simulated copy of the home, in virtual time: what each device will do, how long it takes, what the home draws.

    Kinds, features, states, rooms, names and tags are copied; the real home is not touched. Hours of a scene pass in seconds.
    Exit code 0 when every device would be as the scene wants it, 1 when one would not, 2 when it could not be played.

    Example:  hulian scene rehearse leaving

    Example:  hulian scene rehearse leaving --without light-hall

    Example:  hulian scene rehearse leaving --fault heater-bathroom=silent --each-away

    Example:  hulian scene rehearse leaving.yaml --home village --with curtains=20
    """
    faults = _faults(without, fault)
    if last:
        with Client(options.data) as client:
            _end(client.call("scene-rehearsal", scene=scene), json=json)
        return
    wanted = {"faults": faults, "eachAway": each_away, "limit": limit}
    if home is not None:
        _end(_alone(scene, given, home, wanted, json=json), json=json)
        return
    with Client(options.data) as client:
        _end(_asked(client, scene, given, wanted, json=json), json=json)


def _asked(client: Client, scene: str, given: list[str] | None, wanted: Mapping[str, Any], *, json: bool) -> Any:
    """Have the hub play it, and show how far it is."""
    what = _what(client, scene)
    text = what.get("text")
    known = _parameters_of(text) if text else {each["id"]: each["parameters"] for each in client.call("scenes")}.get(scene, {})
    played = None
    with _progress(json=json) as hear:
        for item in client.stream("scene-rehearse", **what, **wanted, **{"with": _arguments(given, known)}):
            played = item
            hear(item)
    return played


def _what(client: Client, scene: str) -> dict[str, str]:
    """Return the name of a scene the home has, else the text of a file."""
    path = Path(scene)
    if path.suffix not in FILES and scene in {each["id"] for each in client.call("scenes")}:
        return {"scene": scene}
    if path.suffix in FILES and not path.is_file():
        raise Unknown(f"there is no file {scene}")
    return {"text": path.read_text(encoding="utf-8")} if path.is_file() else {"scene": scene}


def _alone(scene: str, given: list[str] | None, home: str, wanted: Mapping[str, Any], *, json: bool) -> Any:
    """Play it without any hub, on a home of the simulator."""
    from gateway.app.rehearsing import play  # noqa: PLC0415 - it brings the whole gateway along
    from gateway.scenes.rehearsal.faults import checked  # noqa: PLC0415 - likewise
    from gateway.scenes.rehearsal.order import Order  # noqa: PLC0415 - likewise

    texts, name = _texts(scene)
    order = Order(
        copy=None,
        home=home,
        texts=texts,
        scene=name,
        arguments=_arguments(given, _parameters_of(texts[name])),
        faults={device: checked(fault) for device, fault in wanted["faults"].items()},
        each_away=wanted["eachAway"],
        limit=wanted["limit"],
    )
    with _progress(json=json) as hear:

        async def tell(item: Mapping[str, Any]) -> None:
            hear(item)

        return asyncio.run(play(order, tell))


def _texts(scene: str) -> tuple[dict[str, str], str]:
    """Return a file's text and those of the scenes inside it, which stand beside it or come along; raise SchemaViolation for mistakes."""
    from gateway.scenes.builtin import built_in  # noqa: PLC0415 - the YAML reader
    from gateway.scenes.checking import check_files, inner_first  # noqa: PLC0415 - likewise
    from gateway.scenes.reading import read_scene  # noqa: PLC0415 - likewise

    path = Path(scene)
    if not path.is_file():
        if scene not in built_in.names():
            raise Unknown(f"there is no file {scene}, and no built-in scene of that name: {', '.join(built_in.names())}")
        path = built_in.path_of(scene)
    beside = {read.id: each for each in sorted(path.parent.glob("*.yaml")) if (read := read_scene(each)[0]) is not None and each != path}
    waiting, files = [path], dict[Path, None]()
    while waiting:
        files[each := waiting.pop()] = None
        read = read_scene(each)[0]
        waiting += [
            beside[step.scene] for step in (read.nested() if read else ()) if step.scene in beside and beside[step.scene] not in files
        ]
    found = check_files(inner_first(files))
    if found.errors:
        mistakes = [finding for finding in found.findings if finding.severity == "error"]
        raise SchemaViolation("; ".join(f"{each.path}:{each.line}: {each.pointer} {each.message}" for each in mistakes[:3]))
    texts = {read.id: each.read_text(encoding="utf-8") for each in files if (read := read_scene(each)[0]) is not None}
    main = read_scene(path)[0]
    return texts, main.id if main is not None else ""


def _parameters_of(text: str) -> Mapping[str, Any]:
    from gateway.scenes.reading import scene_of  # noqa: PLC0415 - the YAML reader

    scene = scene_of(text, "scene")[0]
    return {} if scene is None else {name: parameter.schema for name, parameter in scene.parameters.items()}


def _arguments(given: list[str] | None, known: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [_pair(each, "--with") for each in given or ()]
    return {name: read_value(value, known.get(name, {"type": "string"})) for name, value in pairs}


def _faults(without: list[str] | None, fault: list[str] | None) -> dict[str, str]:
    return dict.fromkeys(without or (), AWAY) | dict(_pair(each, "--fault") for each in fault or ())


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise BadSyntax(f"{option} {text!r}: give it as {'NAME=VALUE' if option == '--with' else 'DEVICE=FAULT'}")
    return name, value


@contextmanager
def _progress(*, json: bool) -> Iterator[Hear]:
    """Yield what takes the items of a rehearsal and shows the newest to a person; without a terminal a line now and then."""
    err = console(error=True)
    if json:
        yield lambda _: None
        return
    if not err.is_terminal:
        yield Lines(lambda words: err.print(words, markup=False), monotonic).hear
        return
    with Status("Building a copy of the home ...", console=err) as status:
        yield lambda item: status.update(words) if (words := progress_words(item)) else None


def _end(played: Mapping[str, Any], *, json: bool) -> None:
    if json:
        print_json(played)
    else:
        for line in rehearsal_lines(played):
            console().print(line)
    if not played["report"]["good"]:
        raise typer.Exit(1)
