"""`hulian doctor` for people."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from gateway.cli.output import COLOURS, console


def print_diagnosis(answer: Mapping[str, Any]) -> None:
    """Print the gateway's own state, its sessions, and what each interface told."""
    out, status = console(), answer["status"]
    out.print(Text("Gateway ", style="bold") + Text(f"{status['gateway']}  (boot {status['boot']}, since {status['since']})"))
    link = "connected" if status["mqttConnected"] else f"NOT connected: {status['mqttTrouble']}"
    out.print(f"  MQTT  {status['mqtt']}  {status['broker']}, MQTT {status['mqttVersion']}, {link}")
    dropped = ", ".join(f"{count} {why}" for why, count in status["coapDropped"].items()) or "none"
    out.print(f"  CoAP  {status['coap']}  datagrams dropped: {dropped}")
    out.print(f"  Data  {status['data']}")
    out.print(Text("Sessions", style="bold"))
    for session in status["sessions"] or ():
        state = Text(session["state"], style=COLOURS.get(session["state"], ""))
        devices = ", ".join(session["devices"]) or "no device yet"
        out.print(f"  {session['driver']} {session['key']}  ", state, f" {devices}  {session['reason']}")
    if not status["sessions"]:
        out.print("  none: nothing has been accepted yet")
    for entry in answer["report"]:
        print_entry(entry)


def print_entry(entry: Mapping[str, Any]) -> None:
    """Print one entry of the report: a heading and its lists."""
    out = console()
    out.print(Text(str(entry.get("interface") or entry.get("title") or ""), style="bold"))
    for name, value in entry.items():
        if name in ("interface", "title"):
            continue
        if isinstance(value, list):
            out.print(f"  {name}:" + ("" if value else " none"))
            for item in value:
                out.print(f"    {line(item)}")
        else:
            out.print(f"  {name}: {line(value)}")


def line(item: Any) -> str:
    """Return one item as a line."""
    if isinstance(item, Mapping):
        return "  ".join(f"{key}={value}" for key, value in item.items() if value not in ("", None, [], {}))
    return str(item)
