"""How set-top boxes are shown to people: what breaks a rule, with the rule's own words, what is to be replaced, then all of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.text import Text

from gateway.cli.output import console

STYLES: Final = {"passes": "green", "fails": "red", "unknown": "yellow"}
NAMES: Final = {
    "reception": "reception",
    "videoClass": "class",
    "smart": "smart",
    "standards": "standards",
    "firstActivated": "activated",
}
BY: Final = {"wire": "by its own word", "owner": "the owner says", "list": "a list says", "assumed": "assumed"}
MOST_SHOWN: Final = 20


def print_boxes(answer: Mapping[str, Any]) -> None:
    """Print everything about the boxes of a home."""
    out, boxes = console(), answer["boxes"]
    if not boxes:
        out.print("No set-top box in this home.")
        return
    failing = [box for box in boxes if box["verdict"] == "fails"]
    old, slow = to_replace(boxes), [box for box in boxes if box["slow"]]
    for heading, lines in (
        ("Break a rule for new boxes", [line for box in failing for line in violation_lines(box)]),
        (_replacement(answer["replacement"]), [replacement_line(box) for box in old]),
        ("Slower than they may be", [line for box in slow for line in slow_lines(box)]),
    ):
        if lines:
            out.print(Text(heading, style="bold"))
            for line in lines:
                out.print(line)
            out.print()
    out.print(Text(f"{len(boxes)} set-top box{'es' if len(boxes) > 1 else ''}, judged on {answer['today']} in Asia/Shanghai", style="bold"))
    for box in boxes:
        for line in box_lines(box):
            out.print(line)
    if any(box["verdict"] == "unknown" or len(box["facts"]) < len(NAMES) for box in boxes):
        out.print("What is not known you can say with `hulian stb set`, or an operator's list with `hulian stb import`.", style="dim")


def to_replace(boxes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the boxes that are to be replaced, the oldest first, those whose age nobody knows last."""
    return sorted((box for box in boxes if box["replace"]), key=lambda box: (box["age"] is None, -(box["age"] or 0), box["device"]))


def print_one(box: Mapping[str, Any]) -> None:
    """Print one box."""
    for line in box_lines(box):
        console().print(line)


def box_lines(box: Mapping[str, Any]) -> Iterator[Text]:
    """Yield a box: its name and verdict, each fact with whose word it is, and words that say otherwise."""
    yield Text("  ").append_text(_called(box)).append("  ").append(box["verdict"], style=STYLES[box["verdict"]])
    whose = {_whose(fact) for fact in box["facts"].values()}
    if len(box["facts"]) == len(NAMES) and len(whose) == 1:
        told = ", ".join(f"{shown} {value_text(box['facts'][name]['value'])}" for name, shown in NAMES.items())
        yield Text(f"    {told}").append(f"  (all {whose.pop()})", style="dim")
        named: Mapping[str, str] = {}
    else:
        named = NAMES
    for name, shown in named.items():
        fact = box["facts"].get(name)
        if fact is None:
            yield Text(f"    {shown}: not known", style="dim")
        else:
            yield Text(f"    {shown}: {value_text(fact['value'])}").append(f"  ({_whose(fact)})", style="dim")
    for other in box["otherwise"]:
        yield Text(f"    {_whose(other)}, otherwise: {NAMES[other['fact']]} {value_text(other['value'])}", style="yellow")
    if box["verdict"] == "unknown":
        for reason in box["reasons"]:
            yield Text(f"    {reason['detail']}", style="dim")


def violation_lines(box: Mapping[str, Any]) -> Iterator[Text]:
    """Yield which rules a box breaks, why, and the words of each."""
    yield Text("  ").append_text(_called(box))
    for rule in dict.fromkeys(reason["rule"] for reason in box["reasons"]):
        reasons = [reason for reason in box["reasons"] if reason["rule"] == rule]
        yield Text(f"    {rule}: ", style="red").append(reasons[0]["titles"]["en"], style="default")
        for reason in reasons:
            yield Text(f"      {NAMES.get(reason['fact'], reason['fact'])}: {reason['detail']}")
        yield Text(f"      「{reasons[0]['quote']}」 {reasons[0]['source'].get('en', '')}", style="dim")


def replacement_line(box: Mapping[str, Any]) -> Text:
    """Return a box that is to be replaced, with its age."""
    age = "age not known" if box["age"] is None else f"{box['age']} years old" if box["age"] != 1 else "1 year old"
    return Text("  ").append_text(_called(box)).append(f"  {age}")


def slow_lines(box: Mapping[str, Any]) -> Iterator[Text]:
    """Yield the limits a box misses by its own word."""
    for each in box["slow"]:
        measured = f"{each['titles']['en']}: {each['value']:g} {each['unit']}, at most {each['maximum']:g} {each['unit']}"
        yield Text("  ").append_text(_called(box)).append(f"  {measured}").append(f"  {each['source'].get('en', '')}", style="dim")


def import_lines(told: Mapping[str, Any]) -> None:
    """Print what became of a list."""
    out = console()
    done = "taken" if told["taken"] else "would be taken"
    out.print(f"{told['encoding']}: {len(told['boxes'])} of this home's boxes {done} from the list.")
    for each in told["bad"]:
        out.print(Text(f"  line {each['line']}: ", style="red").append(each["why"], style="default"))
    strangers = told["strangers"]
    if strangers:
        out.print(f"{len(strangers)} line{'s are' if len(strangers) > 1 else ' is'} about boxes that are not in this home:", style="dim")
        for each in strangers[:MOST_SHOWN]:
            out.print(Text(f"  line {each['line']}: {each['box']}", style="dim"))
        if len(strangers) > MOST_SHOWN:
            out.print(Text(f"  and {len(strangers) - MOST_SHOWN} more (--json lists them)", style="dim"))
    if told["unread"]:
        out.print(Text(f"Columns that say nothing here: {', '.join(told['unread'])}", style="dim"))


def value_text(value: Any) -> str:
    """Return a fact as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _called(box: Mapping[str, Any]) -> Text:
    name = "" if box["name"] == box["device"] else f" ({box['name']})"
    return Text(box["device"], style="bold").append(name, style="not bold dim")


def _whose(fact: Mapping[str, Any]) -> str:
    word = BY[fact["source"]]
    if fact["source"] == "wire":
        return word if fact["quality"] == "good" else f"{word}, {fact['quality']}"
    return f"{word}: {fact['origin']}" if fact["source"] == "list" and fact["origin"] else word


def _replacement(replacement: Mapping[str, Any]) -> str:
    return f"To be replaced step by step (no violation): 「{replacement['quote']}」"
