"""Commands that look at the home and change it, through the control socket."""

import sys
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.literal import read_value
from gateway.cli.options import options
from gateway.cli.output import console, devices_table, failure, print_json, value_text
from gateway.errors import CommandError, Unknown
from gateway.thing.timestamp import iso

Device = Annotated[str, typer.Argument(help="A device's id, its name, or enough of the id to be the only one.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Confirm what needs a person's confirmation.")]
CONFIRM_CODE = "needs-confirm"
LINKS = {
    "item": "Part",
    "collection": "Part of",
    "feeds": "Feeds",
    "fedBy": "Fed by",
    "controls": "Controls",
    "controlledBy": "Controlled by",
    "charges": "Charges",
    "chargedBy": "Charged by",
}
"""What a link is called where a device is shown."""


def devices(json: Json = False) -> None:
    """Show every device of the home.

    Example:  hulian devices --json
    """
    with Client(options.data) as client:
        answer = client.call("devices")
    if json:
        print_json(answer["devices"])
        return
    out = console()
    if answer["devices"]:
        out.print(devices_table(answer["devices"]))
    else:
        out.print("No device yet. `hulian doctor` tells what was asked and who answered.")
    if answer["waiting"]:
        out.print(f"{answer['waiting']} found and waiting: `hulian accept` lists them.")
    if answer["refused"]:
        out.print(f"{answer['refused']} cannot be taken in: `hulian accept` says why.", style="yellow")


def show(
    device: Device, json: Json = False, td: Annotated[bool, typer.Option("--td", help="Print its Thing Description.")] = False
) -> None:
    """Show one device: values, what can be written, actions.

    Example:  hulian show ac-7f3k2m9q
    """
    with Client(options.data) as client:
        answer = client.call("td" if td else "show", device=device)
    if json or td:
        print_json(answer)
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people

    from gateway.cli.standing import certificate_lines, heading_lines, standing_lines  # noqa: PLC0415 - likewise

    out = console()
    for line in (*heading_lines(answer), *standing_lines(answer), *certificate_lines(answer)):
        out.print(line)
    for link in answer["links"]:
        out.print(f"{LINKS[link['relation']]}: {link['device']} ({link['name']})", style="dim")
    if answer.get("evidence"):
        out.print(f"By its plug, {answer['evidence']}", style="dim")
    values = answer["state"] | answer["private"]
    doubtful = answer["state"]["$"].get("q", {})
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Property", "Value", "", "Allowed"):
        table.add_column(heading, overflow="fold")
    for property_name, spec in answer["properties"].items():
        value = value_text(values[property_name], spec["unit"]) if property_name in values else "–"
        mark = doubtful.get(property_name, "") or ("private" if spec["private"] else "")
        table.add_row(property_name, value, mark, "" if spec["readOnly"] else allowed(spec["schema"]))
    out.print(table)
    for told in withheld_lines(answer["properties"]):
        out.print(told)
    if answer["actions"]:
        out.print("Actions: " + ", ".join(answer["actions"]))


def withheld_lines(properties: dict[str, Any]) -> list[str]:
    """Return what this appliance only shows though its kind lets it be set, one line a reason."""
    reasons: dict[str, list[str]] = {}
    for name, spec in properties.items():
        if "withheld" in spec:
            reasons.setdefault(spec["withheld"], []).append(name)
    return [f"Only shown, cannot be set: {', '.join(names)}{f' ({reason})' if reason else ''}" for reason, names in reasons.items()]


def allowed(schema: dict[str, Any]) -> str:
    """Return what may be written, in few words."""
    if "enum" in schema:
        return " | ".join(value_text(value) for value in schema["enum"])
    if schema.get("type") == "boolean":
        return "on | off"
    if "minimum" in schema or "maximum" in schema:
        step = f" step {value_text(schema['multipleOf'])}" if "multipleOf" in schema else ""
        return f"{value_text(schema.get('minimum', ''))} … {value_text(schema.get('maximum', ''))}{step}"
    return str(schema.get("type", "any"))


def set_property(
    device: Device,
    property_name: Annotated[str, typer.Argument(metavar="PROPERTY")],
    value: Annotated[str, typer.Argument(help="A number, a word, on/off, or JSON.")],
    json: Json = False,
    yes: Yes = False,
    ttl: Annotated[float | None, typer.Option(help="Seconds after which it must not be done any more.")] = None,
) -> None:
    """Write one property and wait for the appliance to show it.

    Example:  hulian set ac-7f3k2m9q targetTemperature 24.5
    """
    with Client(options.data) as client:
        spec = client.call("show", device=device)["properties"].get(property_name)
        if spec is None:
            raise Unknown(f"{device} has no property {property_name}; `hulian show {device}` lists them", property=property_name)
        arguments = {"operation": "writeproperty", "name": property_name, "input": read_value(value, spec["schema"]), "ttl": ttl}
        finish(command(client, device, arguments, yes=yes), json=json)


def invoke(
    device: Device,
    action: Annotated[str, typer.Argument(metavar="ACTION")],
    value: Annotated[str | None, typer.Argument(metavar="[JSON]", help="The action's input.")] = None,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Invoke an action and follow it to its end.

    Example:  hulian invoke ac-7f3k2m9q setComfort '{"mode": "cool", "targetTemperature": 25}'
    """
    with Client(options.data) as client:
        spec = client.call("show", device=device)["actions"].get(action)
        if spec is None:
            raise Unknown(f"{device} has no action {action}; `hulian show {device}` lists them")
        given = None if value is None else read_value(value, spec["schema"].get("input", {}))
        finish(command(client, device, {"operation": "invokeaction", "name": action, "input": given}, yes=yes), json=json)


def cancel(
    device: Device, run: Annotated[str, typer.Argument(help="The run's id, as `invoke` and `watch` show it.")], json: Json = False
) -> None:
    """Stop a running action.

    Example:  hulian cancel ac-7f3k2m9q cli-0f3a52c1d9e7
    """
    with Client(options.data) as client:
        finish(command(client, device, {"operation": "cancelaction", "name": run}, yes=False), json=json)


def command(client: Client, device: str, arguments: dict[str, Any], *, yes: bool) -> dict[str, Any]:
    """Send one command, show how it goes on, ask the person where the home wants a confirmation; return the last ack."""
    last = _follow(client, device, arguments)
    error = last.get("error") or {}
    token = error.get("confirm")
    if error.get("code") != CONFIRM_CODE or not token:
        return last
    if not yes:
        if not sys.stdin.isatty():
            return last
        typer.confirm(f"{error.get('detail') or error.get('title')}\nDo it all the same?", abort=True)
    return _follow(client, device, arguments | {"confirm": token})


def _follow(client: Client, device: str, arguments: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = {}
    err = console(error=True)
    with err.status(f"{arguments['name']} …") as status:
        for ack in client.stream("command", device=device, **arguments):
            last = ack
            parts = [ack["state"], ack.get("phase"), f"{ack['percent']:.0f} %" if "percent" in ack else None]
            status.update(f"{arguments['name']} {' '.join(part for part in parts if part)} …  ({ack['id']})")
    return last


def finish(ack: dict[str, Any], *, json: bool) -> None:
    """Print the terminal ack and leave with 0 or 1."""
    if json:
        print_json(ack)
    elif ack["state"] == "completed":
        console().print(f"{ack['name'] or ack['op']} done" + (f": {value_text(ack['out'])}" if "out" in ack else ""))
    else:
        error = ack.get("error") or {}
        failure(f"{ack['state']}: {error.get('detail') or error.get('title') or 'no reason given'}", _hint(error))
    if ack["state"] != "completed":
        raise typer.Exit(1)


def _hint(error: dict[str, Any]) -> str:
    named = [f"{key} {error[key]}" for key in ("code", "property", "constraint") if error.get(key)]
    extra = ["say --yes to confirm"] if error.get("code") == CONFIRM_CODE else []
    return ", ".join(named + extra)


def watch(device: Annotated[str | None, typer.Argument(help="Only this device.")] = None, json: Json = False) -> None:
    """Show changes as they happen, until Ctrl-C.

    Example:  hulian watch --json | jq .
    """
    out = console()
    with Client(options.data) as client:
        for change in client.stream("watch", **({"device": device} if device else {})):
            if json:
                print_json(change)
            else:
                out.print(change_line(change))


def change_line(change: dict[str, Any]) -> str:
    """Return one change as a line for people."""
    device, what = change["device"], change["change"]
    if what == "snapshot":
        values = {name: value for name, value in change["state"].items() if name != "$"}
        return f"{device}  " + "  ".join(f"{name}={value_text(value)}" for name, value in values.items())
    if what == "state":
        return f"{device}  " + "  ".join(f"{name}={value_text(value)}" for name, value in change["values"].items())
    if what == "ack":
        ack = change["ack"]
        detail = (ack.get("error") or {}).get("detail", "")
        return f"{device}  {ack['op']} {ack['name']} {ack['state']} {detail}".rstrip() + f"  (by {change['by']}, {ack['id']})"
    if what == "event":
        return f"{device}  event {change['event']} {value_text(change['data'])}"
    if what == "availability":
        return f"{device}  {change['state']} {change['reason']}".rstrip()
    return f"{device}  {what}"


def history(
    device: Device,
    property_name: Annotated[str | None, typer.Argument(metavar="[PROPERTY]")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many changes.")] = 50,
    hours: Annotated[float | None, typer.Option(help="Only the last so many hours.")] = None,
    json: Json = False,
) -> None:
    """Show past changes, the newest last.

    Example:  hulian history ac-7f3k2m9q roomTemperature --hours 6
    """
    import time  # noqa: PLC0415 - only here

    since = None if hours is None else time.time() - hours * 3600
    with Client(options.data) as client:
        rows = client.call("history", device=device, name=property_name, limit=limit, since=since)
    for row in rows:
        if json:
            print_json(row)
        else:
            console().print(f"{iso(row['at'])}  {row['property']} = {value_text(row['value'])}")


def name(device: Device, new: Annotated[str, typer.Argument(metavar="NAME")], json: Json = False) -> None:
    """Give a device a name; "" for its own again.

    Example:  hulian name ac-7f3k2m9q "Bedroom AC"
    """
    _change("name", device, json=json, name=new)


def room(device: Device, new: Annotated[str, typer.Argument(metavar="ROOM")], json: Json = False) -> None:
    """Say which room a device is in; "" for none.

    Example:  hulian room ac-7f3k2m9q bedroom
    """
    _change("room", device, json=json, room=new)


def forget(device: Device, yes: Yes = False, json: Json = False) -> None:
    """Take a device out of the home and clear all that is kept about it.

    Example:  hulian forget ac-7f3k2m9q
    """
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Forget {device} with its name, room and history?", abort=True)
    _change("forget", device, json=json)


def _change(call: str, device: str, *, json: bool, **arguments: Any) -> None:
    with Client(options.data) as client:
        result = client.call(call, device=device, **arguments)
    if json:
        print_json(result)
    else:
        console().print(f"{result['id']}: done")


def doctor(json: Json = False) -> None:
    """Tell for each interface what was asked, who answered, and why an answer was not used.

    Example:  hulian doctor
    """
    with Client(options.data) as client:
        answer = {"status": client.call("status"), "report": client.call("doctor")}
    if json:
        print_json(answer)
        return
    from gateway.cli.diagnosis import print_diagnosis  # noqa: PLC0415 - only for people

    print_diagnosis(answer)


def errors_as_exit(error: CommandError) -> int:
    """Print a refusal that was no ack; return the exit code."""
    failure(error.detail or error.title, _hint(error.document()))
    return 1
