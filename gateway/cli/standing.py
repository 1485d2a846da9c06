"""Where a device stands, in a few lines for people: its wire, its key, when it was last seen, and why it is away."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from gateway.cli.output import COLOURS
from gateway.thing.description import Locality

OUTCOMES = {"verified": "green", "self-declared": "cyan", "unverified": "yellow", "rejected": "bold red"}
"""How sure each word of a certificate is, in colour."""


def heading_lines(answer: Mapping[str, Any]) -> Iterator[Text]:
    """Yield who the device is, and whether it is there; why not is left to the line of its wire where that says the same."""
    yield Text(answer["id"], style="bold").append(f"  {answer.get('name') or answer.get('title') or ''}".rstrip(), style="not bold")
    room = f", {answer['room']}" if answer.get("room") else ""
    yield Text(f"{answer['kind']} ({answer['maturity']}){room}")
    state, reason = answer["availability"]["state"], answer["availability"]["reason"]
    told = not reason or reason == (answer.get("wire") or {}).get("reason")
    yield Text(state, style=COLOURS.get(state, "")).append("" if told else f": {reason}", style="dim")


def standing_lines(answer: Mapping[str, Any]) -> Iterator[Text]:
    """Yield what `hulian show` says before the values."""
    yield Text(Locality.stored(answer["locality"]).sentence, style="dim")
    wire = answer.get("wire")
    if wire is None:
        yield Text("Not heard of since the gateway was started.", style="yellow")
        return
    where = f", at {wire['address']}" if wire["address"] else ""
    yield Text(f"{wire['title']}, as {wire['unit']}{where}", style="dim")
    yield key_line(wire)
    yield reach_line(wire)


def certificate_lines(answer: Mapping[str, Any]) -> Iterator[Text]:
    """Yield what each certificate the device carries is worth, in one line each: the word, what it is, and what kept it from more."""
    certificates = answer.get("certificates") or {"settled": True, "standings": ()}
    if certificates["standings"] and not certificates["settled"]:
        yield Text("It is being asked to prove the key of its certificate.", style="dim")
    for each in certificates["standings"]:
        what = f"Certificate {each['mark']} {each['number']} of {each['holder']}" if each.get("mark") else "A certificate"
        until = f", until {each['until']}" if each.get("until") else ""
        why = f" (step {each['step']}: {each['reason']})" if each["step"] else ""
        yield Text(f"{what}{until}: ").append(each["outcome"], style=OUTCOMES[each["outcome"]]).append(why, style="dim")


def key_line(wire: Mapping[str, Any]) -> Text:
    """Return what is there of the keys the unit asks for."""
    if wire["missing"]:
        return Text(f"Key missing: {' and '.join(wire['missing'])}. hulian credentials import {wire['unit']}", style="yellow")
    return Text(f"Key here: {' and '.join(wire['needs'])}" if wire["needs"] else "Asks for no key", style="dim")


def reach_line(wire: Mapping[str, Any]) -> Text:
    """Return how long it has been there, or since when and why it is not."""
    seen = f", last found {wire['seen']}" if wire["seen"] else ""
    if wire["state"] == "open":
        return Text(f"In contact since {wire['since']}{seen}", style="dim")
    tried = f", tried {wire['attempts']} times" if wire["attempts"] else ""
    return Text(f"No contact since {wire['since']}{seen}{tried}: {wire['reason'] or 'it is being opened'}", style="yellow")
