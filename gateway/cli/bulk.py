"""`hulian bulk`: many appliances at once, from a list: who they are, where they stand, what they are called, and what they ask for."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, counted, failure, print_json
from gateway.discovery.joining import DONE, WORDS, Fate, Joining
from gateway.errors import SetupError
from gateway.thing.clock import SystemClock

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts: one document at the end.")]
SHOWN: Final = 20
"""Appliances that stand in no row and are told to people one by one."""
HEAD: Final = "# What this home has and what waits, to be gone through and handed to `hulian bulk`. Secrets are never written.\n"


def bulk(
    manifest: Annotated[Path, typer.Argument(help="A list of appliances, YAML or CSV; or a description of a home.")],
    write: Annotated[bool, typer.Option("--write", help="Write a list of what is here and what waits to this file instead.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to look for what is not there yet.")] = 20.0,
    json: Json = False,
) -> None:
    """Take many appliances in from a list, and give them their rooms, names, tags and keys.

    A row names its appliance by `unit` (as `hulian accept` lists it, or its serial number alone), `address` or `id`. CSV has the columns
    unit, id, address, driver, kind, name, room, tags (parted by ;) and credential.NAME; YAML the same names. Tags take the place of
    the old ones; `tags: []`, in CSV a lone ;, takes them all off, and an empty cell leaves them. Secrets go into the vault and
    are never shown. It may be run again and again, and be interrupted: only what is not so yet is done. At the end stands what is missing.

    Exit code 0 when every row is in the home.

    Example:  hulian bulk home.yaml --write

    Example:  hulian bulk home.yaml --dry-run

    Example:  hulian bulk home.yaml
    """
    if write:
        _write(manifest, json=json)
        return
    from gateway.cli.profile_check import finding_line  # noqa: PLC0415 - the YAML reader
    from gateway.discovery.manifest import read_manifest  # noqa: PLC0415 - likewise
    from gateway.profile.library import Library  # noqa: PLC0415 - likewise

    rows, findings = read_manifest(manifest, Library().kinds())
    if findings:
        for finding in findings:
            if json:
                print_json({name: str(getattr(finding, name)) for name in ("path", "line", "pointer", "rule", "message")})
            else:
                console().print(finding_line(finding))
        failure(f"{manifest} has {counted(len(findings), 'mistake')}: nothing was done")
        raise typer.Exit(1)
    with Client(options.data) as client:
        joining = _joined(client, rows, wait, dry_run=dry_run, json=json)
    _end(joining, dry_run=dry_run, json=json)


def _joined(client: Client, rows: Any, wait: float, *, dry_run: bool, json: bool) -> Joining:
    err = console(error=True)
    shown = err.status("") if err.is_terminal and not json else nullcontext()
    with shown as status:

        def tell(done: int, of: int, what: str) -> None:
            if status is not None:
                status.update(f"{done} of {of}  {what}")
            elif not json:
                err.print(f"{done} of {of}  {what}", markup=False)

        async def ask(name: str, arguments: Mapping[str, Any]) -> Any:
            return client.call(name, **arguments)

        joining = Joining(ask, rows, patience=wait, tell=tell, clock=SystemClock())
        asyncio.run(joining.look() if dry_run else joining.run())
    return joining


def _end(joining: Joining, *, dry_run: bool, json: bool) -> None:
    left, others = joining.left(dry_run=dry_run), joining.others()
    if json:
        print_json(joining.document(dry_run=dry_run))
    else:
        _show(joining.fates, left, others, dry_run=dry_run)
    if left:
        raise typer.Exit(1)


def _show(fates: list[Fate], left: list[Fate], others: list[Mapping[str, Any]], *, dry_run: bool) -> None:
    out = console()
    counts = Counter(fate.state for fate in fates)
    there, changed = counts[DONE], sum(bool(fate.new) for fate in fates)
    out.print(
        Text(f"{there} of {len(fates)} in the home" + (f", {changed} changed now" if changed else ""), style="green" if not left else "")
    )
    if dry_run and counts["waiting"]:
        out.print(f"{counts['waiting']} would be taken in:")
        for fate in fates:
            if fate.state == "waiting":
                out.print(f"  line {fate.row.line}: {fate.row.said} is {fate.unit}", markup=False)
    for state, words in WORDS.items():
        rows = [fate for fate in left if fate.state == state]
        if rows:
            out.print(Text(f"{len(rows)} {words}:", style="yellow"))
        for fate in rows:
            who = f" ({fate.unit})" if fate.unit not in {"", fate.row.said} else ""
            out.print(f"  line {fate.row.line}: {fate.row.said}{who}{f': {fate.why}' if fate.why else ''}", markup=False)
    if others:
        out.print(Text(f"{len(others)} found that stand in no row:", style="yellow"))
        for each in others[:SHOWN]:
            state = "in the home" if each["state"] == "accepted" else "waits"
            out.print(f"  {each['unit']}  ({each['kind'] or 'kind unknown'}, {each['address'] or 'no address'}), {state}", markup=False)
        if len(others) > SHOWN:
            out.print(f"  and {len(others) - SHOWN} more (--json has them all)", markup=False)


def _write(path: Path, *, json: bool) -> None:
    from gateway.discovery.manifest import VERSION, written  # noqa: PLC0415 - the YAML reader

    if path.exists():
        raise SetupError(f"{path} is there already: name another file, or remove it first")
    with Client(options.data) as client:
        inbox, devices = client.call("inbox"), {each["id"]: each for each in client.call("devices")["devices"]}
        carried = {f"{each['driver']}:{each['key']}": each["devices"] for each in client.call("status")["sessions"]}
    listed = [entry for entry in inbox if entry["state"] != "ignored"]
    rows = [_row(entry, [devices[each] for each in carried.get(entry["unit"], []) if each in devices]) for entry in listed]
    if path.suffix.lower() == ".csv":
        _write_csv(path, rows)
    else:
        path.write_text(HEAD + "\n".join(written(rows, {"hulian-manifest": VERSION})) + "\n", encoding="utf-8")
    if json:
        print_json({"file": str(path), "rows": len(rows)})
    else:
        console().print(f"{len(rows)} appliances in {path}", markup=False)


def _row(entry: Mapping[str, Any], devices: list[Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"unit": entry["unit"]}
    if kind := (devices[0]["kind"] if devices else entry["kind"]):
        row["kind"] = kind
    if devices:
        row |= {"name": devices[0]["name"], "room": devices[0]["room"], "tags": list(devices[0]["tags"])}
    else:
        row |= {"title": entry["title"], "name": "", "room": "", "needs": list(entry["missing"])}
    return row


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    import csv  # noqa: PLC0415 - only for who writes

    needs = sorted({need for row in rows for need in row.get("needs", ())})
    columns = ["unit", "kind", "name", "room", "tags", *(f"credential.{need}" for need in needs)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {"tags": ";".join(row.get("tags", ()))})
