"""`hulian profile list`: the kinds of the standard."""

from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gateway.cli.output import console, print_json
from gateway.cli.standard import standard
from gateway.errors import ConfigurationInvalid
from gateway.profile.features import SECTIONS
from gateway.profile.model import Model
from gateway.profile.wording import phrases

CLASSES = ("appliance", "media", "sensor", "security", "care", "accessory", "gateway")
MATURITIES = {"stable": "green", "draft": "yellow"}


def list_profiles(
    of_class: Annotated[str | None, typer.Option("--class", help=f"Only one class: {', '.join(CLASSES)}.")] = None,
    stable: Annotated[bool, typer.Option("--stable", help="Only kinds that are stable.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """List the kinds, by class, with their maturity and how many properties, actions and events each has.

    Example:  hulian profile list

    Example:  hulian profile list --class security --stable
    """
    if of_class is not None and of_class not in CLASSES:
        raise ConfigurationInvalid(f"{of_class} is no class: say {', '.join(CLASSES)}")
    library = standard()
    models = [library.model(kind) for kind in library.kinds()]
    chosen = [model for model in models if of_class in (None, model.kind_class) and (model.maturity == "stable" or not stable)]
    if json:
        print_json([_document(model) for model in chosen])
        return
    out = console()
    if not chosen:
        out.print("No such kind.")
        return
    out.print(_table(chosen))
    ready = sum(model.maturity == "stable" for model in chosen)
    out.print(f"{len(chosen)} kind{'' if len(chosen) == 1 else 's'}, {ready} stable. P, A, E, F: properties, actions, events, features.")


def _table(models: list[Model]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Kind", no_wrap=True)
    table.add_column("Title", overflow="fold")
    table.add_column("Maturity", no_wrap=True)
    for heading in ("P", "A", "E", "F"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind_class in CLASSES:
        group = [model for model in models if model.kind_class == kind_class]
        if group:
            table.add_row(Text(phrases("en")[kind_class], style="bold"), Text(phrases("zh-Hans")[kind_class], style="bold"))
            for model in group:
                table.add_row(*_row(model))
            table.add_section()
    return table


def _row(model: Model) -> tuple[str | Text, ...]:
    counts = (str(len(model.document.get(section, {}))) for section in SECTIONS)
    maturity = Text(model.maturity, style=MATURITIES.get(model.maturity, ""))
    title = Text.assemble(model.title, (f" {model.titles.get('zh-Hans', '')}", "dim"))
    return f" {model.kind}", title, maturity, *counts, str(len(model.features))


def _document(model: Model) -> dict[str, Any]:
    return {
        "kind": model.kind,
        "class": model.kind_class,
        "version": model.version,
        "maturity": model.maturity,
        "titles": dict(model.titles),
        "features": sorted(model.features),
        **{section: len(model.document.get(section, {})) for section in SECTIONS},
    }
