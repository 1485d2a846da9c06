"""`hulian profile`: look at the standard and check files against it. Needs no running gateway."""

from typing import Annotated, Any

import typer

from gateway.cli.devices import allowed
from gateway.cli.output import console, print_json
from gateway.cli.profile_check import check_profile
from gateway.cli.profile_diff import diff_profiles
from gateway.cli.profile_export import export_profile
from gateway.profile.library import Library
from gateway.profile.model import Model
from gateway.thing.description import Description

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="The device profiles: list, show, check.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.command("list")
def list_profiles(json: Json = False) -> None:
    """List every kind.

    Example:  hulian profile list
    """
    library = Library()
    models = [library.model(kind) for kind in library.kinds()]
    if json:
        print_json([_row(model) for model in models])
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Kind", "", "Version", "Maturity", "Features"):
        table.add_column(heading, overflow="fold")
    for model in models:
        table.add_row(model.kind, model.titles.get("zh-Hans", ""), model.version, model.maturity, " ".join(sorted(model.features)))
    console().print(table)


def _row(model: Model) -> dict[str, Any]:
    features = sorted(model.features)
    return {"kind": model.kind, "version": model.version, "maturity": model.maturity, "titles": dict(model.titles), "features": features}


@app.command("show")
def show_profile(kind: str, json: Json = False) -> None:
    """Show one kind: its affordances, features and constraints, everything resolved.

    Example:  hulian profile show air-conditioner
    """
    model = Library().model(kind)
    if json:
        print_json(model.document)
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    out = console()
    out.print(f"{model.kind} {model.version} ({model.maturity})  {' / '.join(model.titles.values())}\nsha256 {model.hash}")
    instance = model.instance(Description(id="example", kind=kind, features=every_feature(model)))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Property", "", "Unit", "Values", "Access"):
        table.add_column(heading, overflow="fold")
    for name, spec in instance.properties.items():
        access = ("read" if spec.read_only else "read, write") + (", private" if spec.private else "")
        table.add_row(name, _chinese(spec.schema), spec.unit or "", allowed(dict(spec.schema)), access)
    out.print(table)
    for title, names in (("Actions", instance.actions), ("Events", instance.events), ("Features", model.features)):
        out.print(f"{title}: {', '.join(names) or 'none'}")
    for constraint in model.document.get("hl:constraints", []):
        out.print(f"Constraint {constraint['id']}: {constraint['type']}")


def every_feature(model: Model) -> tuple[str, ...]:
    """Return all features of a kind that go together."""
    return tuple(model.features)


def _chinese(schema: Any) -> str:
    titles = schema.get("titles", {})
    return str(titles.get("zh-Hans", schema.get("title", "")))


app.command("check")(check_profile)
app.command("diff")(diff_profiles)
app.command("export")(export_profile)
