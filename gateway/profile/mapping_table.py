"""Where each affordance of a kind is found in another model (`hl:map`), as a table: one row a hook."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.profile.features import SECTIONS
from gateway.profile.findings import pointer_to
from gateway.profile.kind import Kind

MODELS = ("matter", "echonet", "ha", "miot")
MODEL_TITLES = {"matter": "Matter", "echonet": "ECHONET Lite", "ha": "Home Assistant", "miot": "MIoT"}
_SINGULAR = {"properties": "property", "actions": "action", "events": "event"}
_CONVERSION = ("scale", "offset", "reciprocal", "round", "bit", "absent", "fold", "each")
HEADINGS = (
    "kind",
    "section",
    "name",
    "title",
    "title zh-Hans",
    "access",
    "type",
    "unit",
    "features",
    "target",
    "conversion",
    "values",
    "lossy",
)

Row = tuple[str, ...]


def mapping_rows(kind: Kind, model: str) -> list[Row]:
    """Return the rows of one kind for one other model, in the order of the profile."""
    return [
        row
        for section in SECTIONS
        for name, schema in kind.document.get(section, {}).items()
        for row in _rows(kind, model, section, name, schema)
    ]


def as_csv(rows: list[Row]) -> str:
    """Return rows as CSV with headings."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    return out.getvalue()


def as_markdown(rows: list[Row], model: str) -> str:
    """Return rows as a Markdown document, one table a kind."""
    lines = [f"# {MODEL_TITLES.get(model, model)}", ""]
    for kind in dict.fromkeys(row[0] for row in rows):
        lines += [f"## {kind}", "", f"| {' | '.join(HEADINGS[1:])} |", f"|{'---|' * (len(HEADINGS) - 1)}"]
        lines += [f"| {' | '.join(_cell(cell) for cell in row[1:])} |" for row in rows if row[0] == kind]
        lines.append("")
    return "\n".join(lines)


def _rows(kind: Kind, model: str, section: str, name: str, schema: Mapping[str, Any]) -> Iterator[Row]:
    hook = schema.get("hl:map", {}).get(model)
    if hook is None:
        return
    pointer = f"/{section}{pointer_to(name)}"
    features = sorted(feature.name for feature in kind.features.values() if pointer in feature.affordances)
    head = (
        kind.kind,
        _SINGULAR[section],
        name,
        str(schema.get("title", "")),
        str(schema.get("titles", {}).get("zh-Hans", "")),
        _access(section, schema),
        str(schema.get("type", "")),
        str(schema.get("unit", "")),
        " ".join(features),
    )
    for each in _with_more(hook):
        yield (*head, *_columns(each))


def _with_more(hook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the hook and what stands beside it under `and`."""
    more = hook.get("and", [])
    others = more if isinstance(more, list) else [more]
    first = {term: value for term, value in hook.items() if term != "and"}
    return [first, *(each if isinstance(each, Mapping) else {"and": each} for each in others)]


def _columns(hook: Mapping[str, Any]) -> tuple[str, str, str, str]:
    apart = {*_CONVERSION, "enum", "lossy"}
    target = ", ".join(f"{term} {_word(value)}" for term, value in hook.items() if term not in apart)
    conversion = ", ".join(f"{term} {_word(hook[term])}" for term in _CONVERSION if term in hook)
    table = hook.get("enum", {})
    values = ", ".join(f"{key} = {_word(value)}" for key, value in table.items()) if isinstance(table, Mapping) else _word(table)
    lossy = hook.get("lossy", False)
    return target, conversion, values, "yes" if lossy is True else _word(lossy) if lossy else ""


def _access(section: str, schema: Mapping[str, Any]) -> str:
    if section != "properties":
        return ""
    return "read" if schema.get("readOnly") else "read, write"


def _word(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({', '.join(f'{key}: {_word(inner)}' for key, inner in value.items())})"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
