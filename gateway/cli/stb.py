"""`hulian stb`: the set-top boxes of the home under the dated rules: what is known of each, what it breaks, which are to be replaced."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.box_matching import Matched, matched
from gateway.cli.client import Client
from gateway.cli.operator_list import MOST_BYTES, LineWrong, OperatorList, meaning, read_list
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.stb_report import import_lines, print_boxes, print_one, to_replace
from gateway.errors import HulianError, SchemaViolation, SetupError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
    help="""Set-top boxes: what breaks the dated rules for new boxes, and what is to be replaced.

    Reception, picture class, smart, standards and first activation are the box's own word where it tells them, else the owner's
    (`hulian stb set`), else an operator's list's (`hulian stb import`).

    Example:  hulian stb --json
    """,
)

Device = Annotated[str, typer.Argument(help="A box's id, its name, or enough of the id to be the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
FACTS: Final = {"reception": "reception", "class": "videoClass", "smart": "smart", "standards": "standards", "activated": "firstActivated"}
"""What people call a fact on the command line."""
MOST_AT_ONCE: Final = 40
"""Boxes told of in one call: a line of the control socket holds 64 KiB."""
SAMPLE: Final = """\
device,serial,mac,reception,video class,smart,standards,first activated
,SN0012345,,iptv,UHD4K,yes,GY/T 399-2024;YD/T 2726-2014,2024-05-01
,,02:00:5e:10:00:01,dth,SD,no,,2019-03-15
stb-bedroom,,,iptv,4K,是,,2022-12-31T16:00:00Z
"""
IMPORT_HELP: Final = """Take an operator's list of set-top boxes: a CSV file in UTF-8 or GB18030, commas, semicolons or tabs.

The first line names the columns, in English or Chinese; more columns may stand there and are passed over:

  device | serial | mac          设备编号 | 序列号 | MAC地址: which box; one of them is enough

  reception                      接收方式: dth, iptv, cable, ott, dtmb (直播卫星, 有线, 互联网电视, 地面)

  video class                    清晰度: SD, HD, 4K, 8K (标清, 高清, 超高清)

  smart                          是否智能: yes or no (是, 否)

  standards                      执行标准: such as GY/T 399-2024, several with semicolons between them

  first activated                首次激活时间: 2022-07-01, 2022年7月1日, or a moment; without a zone it is one in Asia/Shanghai

An empty cell says nothing. A line that cannot be understood is shown with its number and what to do, and the others are taken. Taking
the same list again changes nothing. `hulian stb sample` prints one to begin with.

Example:  hulian stb import boxes.csv
"""


@app.callback()
def stb(context: typer.Context, json: Json = False) -> None:
    """List the boxes unless something else is asked."""
    if context.invoked_subcommand is not None:
        return
    with Client(options.data) as client:
        answer = client.call("boxes")
    if json:
        print_json(answer | summary(answer["boxes"]))
    else:
        print_boxes(answer)


def summary(boxes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ids by what is to be done about them."""
    return {
        "violations": [box["device"] for box in boxes if box["verdict"] == "fails"],
        "unknown": [box["device"] for box in boxes if box["verdict"] == "unknown"],
        "replace": [{"device": box["device"], "age": box["age"]} for box in to_replace(boxes)],
        "slow": [box["device"] for box in boxes if box["slow"]],
    }


@app.command("set")
def set_facts(
    device: Device,
    reception: Annotated[str | None, typer.Option(help="dth, iptv, cable, ott or dtmb.")] = None,
    video_class: Annotated[str | None, typer.Option("--class", help="SD, HD, UHD4K or UHD8K.")] = None,
    smart: Annotated[bool | None, typer.Option("--smart/--not-smart", help="Whether it is a smart box.", show_default=False)] = None,
    standard: Annotated[list[str] | None, typer.Option(help="A standard it follows, such as 'GY/T 399-2024'; may be repeated.")] = None,
    activated: Annotated[str | None, typer.Option(help="First activated: a day such as 2022-07-01, or a moment.")] = None,
    json: Json = False,
) -> None:
    """Say what you know of a box. What the box says itself counts before it; what an operator's list says, after it.

    Example:  hulian stb set stb-bedroom --reception iptv --class UHD4K --activated 2024-05-01
    """
    given = {"reception": reception, "videoClass": video_class, "firstActivated": activated}
    facts = {name: _read(name, cell) for name, cell in given.items() if cell is not None}
    if standard:
        facts["standards"] = _read("standards", ";".join(standard))
    if smart is not None:
        facts["smart"] = smart
    if not facts:
        raise SetupError("say at least one thing, such as --reception iptv; `hulian stb set --help` lists them")
    with Client(options.data) as client:
        answer = client.call("box-set", device=device, facts=facts)
    print_json(answer) if json else print_one(answer)


@app.command("unset")
def unset_facts(
    device: Device,
    facts: Annotated[list[str], typer.Argument(metavar="FACT...", help=f"What to take back: {', '.join(FACTS)}.")],
    json: Json = False,
) -> None:
    """Take back what you said of a box; what the box or a list says stays.

    Example:  hulian stb unset stb-bedroom reception class
    """
    names = [FACTS.get(each, each) for each in facts]
    with Client(options.data) as client:
        answer = client.call("box-unset", device=device, facts=names)
    print_json(answer) if json else print_one(answer)


@app.command("import", help=IMPORT_HELP)
def import_list(
    file: Annotated[Path, typer.Argument(metavar="LIST.csv", help="The list.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken.")] = False,
    json: Json = False,
) -> None:
    """Take an operator's list (its help stands in IMPORT_HELP)."""
    found = read_list(_content(file))
    with Client(options.data) as client:
        answer = client.call("boxes")
        result = matched(found, answer["boxes"], date.fromisoformat(answer["today"]))
        if not dry_run:
            _tell(client, file, result)
    told = outcome(found, result, taken=not dry_run)
    if json:
        print_json(told)
    else:
        import_lines(told)
    if result.bad:
        raise typer.Exit(1)


@app.command("sample")
def sample() -> None:
    """Print a list to begin with.

    Example:  hulian stb sample > boxes.csv
    """
    typer.echo(SAMPLE, nl=False)


def outcome(found: OperatorList, result: Matched, *, taken: bool) -> dict[str, Any]:
    """Return how a list was understood, as JSON has it."""
    return {
        "taken": taken,
        "encoding": found.encoding,
        "boxes": [{"device": device, "lines": result.lines[device], "facts": facts} for device, facts in sorted(result.facts.items())],
        "bad": [{"line": line, "why": why} for line, why in sorted(result.bad.items())],
        "strangers": [{"line": line, "box": box} for line, box in sorted(result.strangers.items())],
        "unread": found.unread,
    }


def _tell(client: Client, file: Path, result: Matched) -> None:
    """Hand over what was understood, some boxes at a time; each call is taken whole or not at all."""
    done = 0
    for part in _parts(result.facts):
        entries = {device: {"facts": facts, "origin": _origin(file, result.lines[device])} for device, facts in part.items()}
        try:
            client.call("box-list", boxes=entries)
        except HulianError:
            console(error=True).print(f"{done} of {len(result.facts)} boxes were taken before this; take the list again to finish:")
            raise
        done += len(part)


def _parts(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    devices = sorted(facts)
    for start in range(0, len(devices), MOST_AT_ONCE):
        yield {device: facts[device] for device in devices[start : start + MOST_AT_ONCE]}


def _origin(file: Path, lines: list[int]) -> str:
    return f"{file.name[-120:]} line {', '.join(map(str, lines[:4]))}"


def _read(name: str, cell: str) -> Any:
    try:
        return meaning(name, cell.strip())
    except LineWrong as error:
        raise SchemaViolation(str(error), property=name) from error


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}") from error
