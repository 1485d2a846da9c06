"""`hulian doctor` for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from gateway.cli.output import console
from gateway.thing.timestamp import iso

PROMISES = {"kept": "green", "risk": "yellow", "not-ours": "yellow", "missing": "red"}
STYLES = {"open": "green", "failed": "red", "waiting": "yellow", "opening": "yellow"}


def print_diagnosis(answer: Mapping[str, Any]) -> None:
    """Print the gateway's own state, its sessions, and what each interface told."""
    status = answer["status"]
    _heading(f"Gateway {status['gateway']}", f"boot {status['boot']}, since {status['since']}, version {status['version']}")
    link = "connected" if status["mqttConnected"] else f"NOT connected: {status['mqttTrouble']}"
    _line(f"MQTT  {status['mqtt']}  {status['broker']}, MQTT {status['mqttVersion']}, {link}")
    counted = ", ".join(f"{count} {what}" for what, count in status["coapDropped"].items() if count) or "none yet"
    _line(f"CoAP  {status['coap']}  datagrams: {counted}")
    _line(f"Pages  {status['pages']}")
    _line(f"Data  {status['data']}")
    _line(f"Internet  {status['internet']['state']}: {status['internet']['sign']}")
    _promises(status["mqttPromises"])
    _heading("Sessions", "" if status["sessions"] else "none: nothing has been accepted yet")
    for session in status["sessions"]:
        _session(session)
    _promises({"level": "risk", "text": text} for text in status["wiresInClear"])
    _promises({"level": "missing", "text": text} for text in status["wiresMissing"])
    hosts = [place for place in answer["report"] if place["kind"] == "host"]
    for place in answer["report"]:
        if place not in hosts:
            _place(place)
    _asked_directly(hosts)


def _promises(lines: Iterable[Mapping[str, str]]) -> None:
    """Print what holds of MQTT here, and what does not."""
    for line in lines:
        text = Text(f"  {line['level']:>8}  ", style=PROMISES.get(line["level"], ""))
        text.append(line["text"], style="default")
        console().print(text)


def _session(session: Mapping[str, Any]) -> None:
    text = Text(f"  {session['driver']}:{session['key']}  ")
    text.append(session["state"], style=STYLES.get(session["state"], ""))
    rest = (", ".join(session["devices"]) or "no device yet", session["address"], session["reason"])
    text.append("".join(f"  {told}" for told in rest if told))
    console().print(text)


def _asked_directly(hosts: list[Mapping[str, Any]]) -> None:
    """Print what hosts said that were asked one by one: mostly nothing is there, so only who answered, or answered oddly."""
    if not hosts:
        return
    _heading("Asked directly", f"{len(hosts)} addresses; --json tells of each")
    for host in hosts:
        for row in host["answered"]:
            _line(f"{'answered':>9}  {row['who']} {row['outcome']}  ({row['times']}x, last {iso(row['last'])})")
        for row in host["dropped"]:
            if "cannot be reached" not in row["why"]:
                _line(f"{'not used':>9}  {row['who']} {row['why']}  ({row['times']}x, last {iso(row['last'])})")


def _place(place: Mapping[str, Any]) -> None:
    if place["kind"] == "inbox":
        _heading("Inbox", "")
        for doubt in place["doubts"] or ():
            _line(f"{doubt['unit']}: {doubt['doubt']}")
        if not place["doubts"]:
            _line("no doubt about any unit")
        for asking in place.get("asking", ()):
            _line(f"{asking['unit']} asks for {' and '.join(asking['missing'])}: hulian credentials import {asking['unit']}")
        return
    _heading(f"{place['kind'].capitalize()} {place['where']}", place.get("trouble") or "")
    for heading, rows in (("asked", place["asked"]), ("answered", place["answered"]), ("not used", place["dropped"])):
        for row in rows:
            who = " ".join(str(row[name]) for name in ("what", "who", "outcome", "why") if row.get(name))
            _line(f"{heading:>9}  {who}  ({row['times']}x, last {iso(row['last'])})")
    for socket in place["listens"]:
        _line(f"{'listens':>9}  {socket['socket']} for {socket['driver']}: hears reports, takes no commands")
    if place.get("advice"):
        _line(place["advice"])


def _heading(title: str, rest: str) -> None:
    console().print(Text(title, style="bold") + Text(f"  {rest}" if rest else "", style="dim"))


def _line(text: str) -> None:
    console().print(Text(f"  {text}"))
