"""`hulian profile coverage`: how much of devices that describe themselves the standard has words for."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.coverage import REASONS, Coverage, counted, reasons
from gateway.cli.output import console, failure, print_json
from gateway.cli.standard import standard
from gateway.errors import ConfigurationInvalid

SHOWN_GROUPS, SHOWN_REFUSALS = 10, 20
Source = Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.", show_default=False)]


def profile_coverage(source: Source, json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """Tell what becomes of devices that describe themselves in Zigbee2MQTT's words.

    Each line is a JSON object with a definition under `definition`, as Zigbee2MQTT publishes for each device. Counted are the leaves of
    `exposes` that are neither diagnostic nor configuration: those on a standard affordance, those that stay the vendor's own (x-...),
    and those lost, which is found out by sending values through what they became. Exit code 1 where no line could be read.

    Example:  hulian profile coverage definitions.jsonl

    Example:  hulian profile coverage - --json < definitions.jsonl
    """
    coverage = _counted(source)
    if json:
        print_json(coverage.document())
    else:
        _print(coverage)
    for line, why in coverage.refused[:SHOWN_REFUSALS]:
        failure(f"line {line}: {why}")
    if len(coverage.refused) > SHOWN_REFUSALS:
        failure(f"and {len(coverage.refused) - SHOWN_REFUSALS} lines more")
    if not coverage.devices:
        raise typer.Exit(1)


def _counted(source: str) -> Coverage:
    if source == "-":
        return counted(sys.stdin, standard())
    try:
        with Path(source).open(encoding="utf-8", errors="replace") as file:
            return counted(file, standard())
    except OSError as error:
        raise ConfigurationInvalid(f"{source} cannot be read: {error.strerror or error}") from error


def _print(coverage: Coverage) -> None:
    out = console()
    vendor = sum(coverage.vendor.values())
    out.print(_table("", ("", "Number", "Share"), [
        ("devices", coverage.devices, ""),
        ("  with a kind", coverage.with_kind, _share(coverage.with_kind, coverage.devices)),
        ("features", coverage.features, ""),
        ("  on standard affordances", coverage.standard, _share(coverage.standard, coverage.features)),
        ("  the vendor's own (x-...)", vendor, _share(vendor, coverage.features)),
        ("  lost", coverage.lost, _share(coverage.lost, coverage.features)),
    ]))  # fmt: skip
    if coverage.vendor:
        why = [(REASONS.get(reason, reason), count, _share(count, vendor)) for reason, count in reasons(coverage.vendor).most_common()]
        out.print(_table("Why features are the vendor's own", ("Reason", "Features", "Share"), why))
        groups = [(name, count, REASONS.get(reason, reason)) for (name, reason), count in coverage.vendor.most_common(SHOWN_GROUPS)]
        out.print(_table("The largest groups of them", ("Feature", "Number", "Why"), groups))
    if coverage.losses:
        out.print(_table("Lost", ("Feature", "Number", "Why"), _rows(coverage.losses)))
    if coverage.kindless:
        kindless = [(why, count, "") for why, count in coverage.kindless.most_common(SHOWN_GROUPS)]
        out.print(_table("Devices without a kind", ("Why", "Devices", ""), kindless))


def _rows(groups: Mapping[tuple[str, str], int]) -> list[tuple[str, int, str]]:
    ordered = sorted(groups.items(), key=lambda item: -item[1])[:SHOWN_GROUPS]
    return [(name, count, why) for (name, why), count in ordered]


def _table(title: str, headings: tuple[str, str, str], rows: list[tuple[str, int, str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    table.add_column(headings[0], overflow="fold")
    table.add_column(headings[1], justify="right")
    table.add_column(headings[2], overflow="fold")
    for name, count, more in rows:
        table.add_row(name, f"{count:,}", more)
    return table


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""
