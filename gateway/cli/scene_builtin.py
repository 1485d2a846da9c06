"""`hulian scene builtin`: the scenes that come along, and which class of the standard each is for."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.output import console, print_json


def builtin(
    scene: Annotated[str, typer.Argument(metavar="[SCENE]", help="Print this one.")] = "",
    classes: Annotated[bool, typer.Option("--classes", help="Show the classes of GB/T 46505.1-2025 and what is measured of each.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the scenes that come along, or print one; take one with `hulian scene import --builtin SCENE`.

    Example:  hulian scene builtin

    Example:  hulian scene builtin leaving >leaving.yaml
    """
    from gateway.scenes.builtin import built_in  # noqa: PLC0415 - the YAML reader

    if scene:
        typer.echo(built_in.text_of(scene), nl=False)
    elif classes:
        if json:
            print_json(built_in.classes())
        else:
            for line in _classes(built_in.classes()):
                console().print(line)
    else:
        for name in built_in.names():
            document = built_in.document_of(name)
            told = {"scene": name, "names": document.get("names", {}), "descriptions": document.get("descriptions", {})}
            print_json(told) if json else console().print(_line(told))


def _line(told: Mapping[str, Any]) -> Text:
    names, says = told["names"], told["descriptions"]
    return Text.assemble(
        (f"{told['scene']:16}", "bold"), f"{names.get('en', '')}  {names.get('zh-Hans', '')}\n", (f"{'':16}{says.get('en', '')}", "dim")
    )


def _classes(table: Mapping[str, Any]) -> Iterator[Text]:
    yield Text(table["standard"], style="bold")
    for each in table["classes"]:
        yield Text.assemble((each["names"]["en"], "bold"), f"  {each['names']['zh-Hans']}  ", (", ".join(each["scenes"]), "green"))
        for figure in each["figures"]:
            yield Text(f"  {figure['names']['en']}  {figure['names']['zh-Hans']}")
            measured = figure["measured"]
            yield Text(f"    {measured['en'] if measured else figure['why']['en']}", style="green" if measured else "yellow")
        if not each["figures"]:
            yield Text(f"  {each['why']['en']}", style="dim")
    yield Text(f"{table['unnamed']['count']} more: {table['unnamed']['why']['en']}", style="dim")
