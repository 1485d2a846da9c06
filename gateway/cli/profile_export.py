"""`hulian profile export`: a kind in the words of other standards."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.output import console
from gateway.cli.standard import standard
from gateway.errors import ConfigurationInvalid
from gateway.profile.library import Library
from gateway.profile.mapping_table import MODELS, as_csv, as_markdown, mapping_rows
from gateway.profile.model import Model
from gateway.profile.sdf import sdf_mapping, sdf_model
from gateway.profile.state_schema import state_schema
from gateway.thing.description import Description

DOCUMENTS: Mapping[str, tuple[str, Callable[[Model], Mapping[str, Any]]]] = {
    "sdf": ("sdf.json", sdf_model),
    "sdf-mapping": ("sdf-mapping.json", sdf_mapping),
    "schema": ("schema.json", state_schema),
    "tm": ("tm.jsonld", lambda model: model.document),
}
"""Target to the ending of its files and what makes the document."""
TARGETS = (*DOCUMENTS, *MODELS)


def export_profile(
    kind: Annotated[str | None, typer.Argument(help="A kind; may be left out with --all.", show_default=False)] = None,
    to: Annotated[str, typer.Option("--to", help=f"One of {', '.join(TARGETS)}.")] = "sdf",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here instead of to the terminal; .csv gives a table as CSV.")
    ] = None,
    features: Annotated[
        str | None, typer.Option("--features", help="With --to schema: of a device with exactly these, with commas.", show_default=False)
    ] = None,
    every: Annotated[Path | None, typer.Option("--all", help="Write every kind for every target into this folder.")] = None,
) -> None:
    """Write a kind as SDF (RFC 9880), as JSON Schema of its state, as flat Thing Model, or as a table of its hooks.

    With --to sdf and -o, the mapping file (what SDF has no words for) is written beside it. Tables are Markdown, or CSV where the
    file's name ends in .csv.

    Example:  hulian profile export air-conditioner --to sdf -o air-conditioner.sdf.json

    Example:  hulian profile export air-conditioner --to matter -o matter.csv

    Example:  hulian profile export air-conditioner --to schema --features HEAT,HUM

    Example:  hulian profile export --all build/exports
    """
    library = standard()
    if every is not None:
        count = _export_all(library, every)
        console().print(f"{count} files written to {every}")
        return
    if kind is None or to not in TARGETS:
        raise ConfigurationInvalid(f"say which kind, and --to one of {', '.join(TARGETS)}")
    model = library.model(kind)
    text = _text(model, to, plain=output is not None and output.suffix == ".csv") if features is None else _schema(model, to, features)
    if output is None:
        typer.echo(text)
        return
    _write(output, text)
    if to == "sdf":
        _write(_beside(output), _text(model, "sdf-mapping"))


def _export_all(library: Library, folder: Path) -> int:
    count = 0
    models = [library.model(kind) for kind in library.kinds()]
    for target, (ending, _) in DOCUMENTS.items():
        for model in models:
            _write(folder / target / f"{model.kind}-{model.major}.{ending}", _text(model, target))
            count += 1
    for target in MODELS:
        rows = [row for model in models for row in mapping_rows(model, target)]
        _write(folder / f"{target}.csv", as_csv(rows))
        _write(folder / f"{target}.md", as_markdown(rows, target))
        count += 2
    return count


def _text(model: Model, target: str, *, plain: bool = False) -> str:
    if target in DOCUMENTS:
        return json.dumps(DOCUMENTS[target][1](model), ensure_ascii=False, indent=2)
    rows = mapping_rows(model, target)
    return as_csv(rows) if plain else as_markdown(rows, target)


def _schema(model: Model, target: str, features: str) -> str:
    """Return the schema of the state of a device with these features."""
    if target != "schema":
        raise ConfigurationInvalid("--features goes with --to schema")
    names = tuple(sorted(name.strip() for name in features.split(",") if name.strip()))
    device = model.instance(Description(id=model.kind, kind=model.kind, major=model.major, features=names))
    return json.dumps(state_schema(model, device), ensure_ascii=False, indent=2)


def _beside(path: Path) -> Path:
    stem = path.name.removesuffix(".json").removesuffix(".sdf")
    return path.with_name(f"{stem}.sdf-mapping.json")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
