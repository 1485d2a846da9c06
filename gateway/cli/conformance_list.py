"""`hulian conformance --list` and `--explain`: which tests there are, and what one of them is about."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from gateway.cli.output import console, print_json
from gateway.conformance.check import Check
from gateway.conformance.checks.table import checks
from gateway.conformance.report.words import check_texts, language_of, said, word
from gateway.conformance.requirement import Requirement, group_titles, requirements
from gateway.conformance.selection import known_words
from gateway.errors import Unknown
from gateway.profile.resolver import read_yaml


def begun(incomplete: str) -> list[str]:
    """Return what a target may begin with, for the shell."""
    return [each for each in ("coap://", "mqtt://", "replay") if each.startswith(incomplete)]


def begun_tests(incomplete: str) -> list[str]:
    """Return tests that begin like the last of a list with commas, for the shell."""
    before, _, last = incomplete.rpartition(",")
    return [f"{before},{each}" if before else each for each in known_words(checks()) if each.lower().startswith(last.lower())]


def show_list(lang: str | None, *, json: bool) -> None:
    """Print every requirement of the standard, and the checks there are for each."""
    language = language_of(lang)
    if json:
        for each in requirements().values():
            print_json(_row(each))
        return
    out, group = console(), ""
    for each in requirements().values():
        if each.group != group:
            group = each.group
            out.print(Text("\n" + said(group_titles()[group], language), style="bold"))
        out.print(_line(each, language))


def explain(id: str, lang: str | None, *, json: bool) -> None:
    """Print one requirement: why it matters, what to do, its checks, and the bad twins that show it. Raise Unknown where there is none."""
    about = requirements().get(id.partition(".")[0].upper())
    if about is None:
        raise Unknown(f"there is no test {id!r}: `hulian conformance --list` shows them all")
    if json:
        print_json(_row(about) | {"why": dict(about.why), "todo": dict(about.todo), "twins": twins_of(about.id)})
        return
    language, out = language_of(lang), console()
    out.print(Text.assemble((f"{about.id}  ", "bold"), (said(about.titles, language), "bold")))
    other = said(about.titles, "zh-Hans" if language == "en" else "en")
    out.print(Text(f"{other}   {said(group_titles()[about.group], language)}, {word(about.subject.value, language)}", style="dim"))
    if about.lacks:
        out.print(Text(about.lacks, style="yellow"))
    for heading, text in ((word("why", language), said(about.why, language)), (word("todo", language), said(about.todo, language))):
        if text:
            out.print(Text.assemble(("\n" + heading + "\n", "bold"), text))
    out.print(Text("\n" + word("checks", language), style="bold"))
    for check in _checks(about):
        out.print(_check_line(check, language))
    out.print(Text("\n" + word("twins", language), style="bold"))
    for name, wrong in twins_of(about.id).items() or ((word("none-yet", language), {}),):
        out.print(Text.assemble((f"  {name}", "cyan" if wrong else "dim"), f"  {said(wrong, language)}"))


def _check_line(check: Check, language: str) -> Text:
    over = "each transport" if check.each and not check.on else " and ".join(sorted(map(str, check.on))) or "any transport"
    hands = f", hands: {', '.join(sorted(check.hands))}" if check.hands else ""
    return Text.assemble(
        (f"  {check.name}", "cyan"),
        f"  {said(check_texts(check.name, _title(check)), language)}",
        (f"  (over {over}{hands}, about {check.seconds:g} s)", "dim"),
    )


def twins_of(id: str) -> dict[str, Mapping[str, str]]:
    """Return the bad twins that a requirement's checks must catch, with what is wrong with each; none where the simulator is not here."""
    try:
        rows: Mapping[str, Mapping[str, Any]] = read_yaml(files("firmware_sim.twins") / "table.yaml")["twins"]  # type: ignore[arg-type]
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    return {name: {language: row[language] for language in ("en", "zh-Hans")} for name, row in rows.items() if id in row["caught_by"]}


def _checks(about: Requirement) -> list[Check]:
    return [check for check in checks() if check.requirement == about.id]


def _hands(about: Requirement) -> list[str]:
    return sorted({hand for check in _checks(about) for hand in check.hands})


def _row(about: Requirement) -> dict[str, Any]:
    return {
        "id": about.id,
        "group": about.group,
        "subject": about.subject.value,
        "mandatory": about.mandatory and not about.lacks,
        "lacks": about.lacks,
        "hands": _hands(about),
        "checks": [{"name": check.name, "title": _title(check), "hands": sorted(check.hands)} for check in _checks(about)],
        "title": dict(about.titles),
    }


def _title(check: Check) -> str:
    return (check.run.__doc__ or "").strip().partition("\n")[0]


def _line(about: Requirement, language: str) -> Text:
    """Return one requirement on a line: id, subject, whether it is mandatory, how many checks, title, hands."""
    there, hands = _checks(about), _hands(about)
    mandatory = word("must", language) if about.mandatory and not about.lacks else ""
    more = about.lacks or (f"{word('needs', language)} {', '.join(hands)}" if hands else "")
    return Text.assemble(
        (f"  {about.id:<4}", "cyan" if there else "dim"),
        _padded(word(about.subject.value, language), 11),
        _padded(mandatory, 11),
        f"{len(there) or '–':>2}  ",
        (said(about.titles, language), "" if there else "dim"),
        (f"  ({more})" if more else "", "dim"),
    )


def _padded(text: str, cells: int) -> str:
    return text + " " * max(1, cells - cell_len(text))
