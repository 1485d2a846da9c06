"""`hulian profile show`: one kind in words."""

from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.output import console, print_json
from gateway.cli.profile_list import MATURITIES
from gateway.cli.standard import standard
from gateway.errors import ConfigurationInvalid
from gateway.profile.constraint_wording import constraint_text
from gateway.profile.features import SECTIONS
from gateway.profile.mapping_table import MODELS, mapping_rows
from gateway.profile.model import Model
from gateway.profile.wording import Words

MOST_WORDS = 12
LANGUAGES = {"en": ("en",), "zh": ("zh-Hans",), "both": ("en", "zh-Hans")}


def show_profile(
    kind: Annotated[str, typer.Argument(help="A kind of `hulian profile list`.", show_default=False)],
    language: Annotated[str, typer.Option("--language", "-l", help="Language of the sentences: en, zh or both.")] = "en",
    maps: Annotated[
        bool, typer.Option("--maps", help="Also where each affordance is found in Matter, ECHONET, Home Assistant, MIoT.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the flat Thing Model for scripts.")] = False,
) -> None:
    """Show one kind: what it can say and do, its features and constraints, everything resolved and in words.

    Example:  hulian profile show air-conditioner

    Example:  hulian profile show air-conditioner --language both --maps
    """
    if language not in LANGUAGES:
        raise ConfigurationInvalid(f"{language!r} is no language: say {', '.join(LANGUAGES)}")
    model = standard().model(kind)
    if json:
        print_json(model.document)
        return
    out = console()
    words = Words(model, LANGUAGES[language][0])
    others = [Words(model, each) for each in LANGUAGES[language][1:]]
    _head(out, model)
    out.print(_properties(model, words))
    _print(out, _actions(model, words))
    _print(out, _events(model, words))
    _print(out, _features(model, words))
    _constraints(out, model, [words, *others])
    if maps:
        _maps(out, model)


def _head(out: Console, model: Model) -> None:
    maturity = Text(model.maturity, style=MATURITIES.get(model.maturity, ""))
    out.print(Text.assemble((" / ".join(model.titles.values()), "bold"), f"   {model.kind} {model.version}   ", maturity))
    out.print(Text(f"sha256 {model.hash}", style="dim"))
    parts = [link for link in model.document.get("links", ()) if link.get("rel") == "tm:submodel"]
    for link in parts:
        out.print(f"Part {link.get('instanceName', '')}: {link['href']}")


def _print(out: Console, table: Table) -> None:
    if table.row_count:
        out.print(table)


def _table(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    return table


def _titled(words: Words, entry: Any) -> Text:
    """Return both titles, the one in the language asked for first."""
    titles = entry.get("titles", {})
    second = titles.get("en" if words.language != "en" else "zh-Hans", "")
    return Text.assemble(words.title(entry), (f" {second}" if second else "", "dim"))


def _with(model: Model, pointer: str) -> str:
    return " ".join(sorted(feature.name for feature in model.features.values() if pointer in feature.affordances))


def _properties(model: Model, words: Words) -> Table:
    table = _table("Property", "Title", "Values", "Access", "With")
    for name, schema in model.document["properties"].items():
        table.add_row(
            name, _titled(words, schema), words.values(schema, most=MOST_WORDS), words.access(schema), _with(model, f"/properties/{name}")
        )
    return table


def _actions(model: Model, words: Words) -> Table:
    table = _table("Action", "Title", "Input", "How", "With")
    for name, schema in model.document.get("actions", {}).items():
        told = words.values(schema["input"]) if "input" in schema else ""
        table.add_row(name, _titled(words, schema), told, words.manner(schema), _with(model, f"/actions/{name}"))
    return table


def _events(model: Model, words: Words) -> Table:
    table = _table("Event", "Title", "Carries", "With")
    for name, schema in model.document.get("events", {}).items():
        told = words.values(schema["data"]) if "data" in schema else ""
        table.add_row(name, _titled(words, schema), told, _with(model, f"/events/{name}"))
    return table


def _features(model: Model, words: Words) -> Table:
    table = _table("Feature", "Title", "Switches on", "Needs")
    for name, feature in model.features.items():
        affordances = [pointer.rpartition("/")[2] for pointer in sorted(feature.affordances, key=_section_order)]
        values = [f"{target}: {' '.join(sorted(each))}" for target, each in feature.enums.items()]
        needs = [*sorted(feature.requires), *(f"not {other}" for other in sorted(feature.excludes))]
        table.add_row(name, _titled(words, model.document["hl:features"][name]), ", ".join([*affordances, *values]), " ".join(needs))
    return table


def _section_order(pointer: str) -> tuple[int, str]:
    return SECTIONS.index(pointer.split("/")[1]), pointer


def _constraints(out: Console, model: Model, languages: list[Words]) -> None:
    if model.constraints:
        out.print(Text("Constraints", style="bold"))
    for entry in model.constraints:
        out.print(Text(f" {entry['id']}", style="cyan"))
        for words in languages:
            out.print(Padding(constraint_text(words, entry), (0, 0, 0, 3)), soft_wrap=False)


def _maps(out: Console, model: Model) -> None:
    table = _table("Affordance", *MODELS)
    cells: dict[str, dict[str, str]] = {}
    for target in MODELS:
        for row in mapping_rows(model, target):
            told = "; ".join(part for part in (*row[9:12], f"lossy: {row[12]}" if row[12] else "") if part)
            cells.setdefault(row[2], {})[target] = "\n".join(filter(None, (cells.get(row[2], {}).get(target), told)))
    for section in SECTIONS:
        for name in model.document.get(section, {}):
            if name in cells:
                table.add_row(name, *(cells[name].get(target, "") for target in MODELS))
    out.print(table)
