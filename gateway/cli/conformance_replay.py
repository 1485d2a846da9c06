"""`hulian conformance replay`: a failure capsule, played against the device again."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from gateway.cli.conformance_run import NOT_CONFORMANT, NOT_RUN, target_of
from gateway.cli.conformance_view import failure_text
from gateway.cli.loop import run_until_stopped
from gateway.cli.output import console, print_json
from gateway.conformance.capsule import Capsule, differs, read_capsule, replayed
from gateway.conformance.order import Order, Ready, prepared
from gateway.conformance.plain import plain
from gateway.conformance.report.told import value_text
from gateway.conformance.report.words import language_of, said
from gateway.conformance.requirement import requirements
from gateway.conformance.verdict import Outcome, Verdict


def replay(
    file: Annotated[Path, typer.Argument(help="A capsule-*.json of a report folder.", show_default=False)],
    target: Annotated[str | None, typer.Argument(help="Where the device is now; default: where it was.", show_default=False)] = None,
    control: Annotated[Path | None, typer.Option(help="Socket of its control interface.", show_default=False)] = None,
    unit: Annotated[str, typer.Option(help="The unit that is meant, where the control interface has several.")] = "",
    credentials: Annotated[
        Path | None, typer.Option(help="Folder of `hulian join`: what the judge was let in with.", file_okay=False, show_default=False)
    ] = None,
    real_time: Annotated[float, typer.Option(min=0, help="Longest single wait in real time, seconds.")] = 20.0,
    lang: Annotated[str | None, typer.Option(help="en or zh; the terminal's where nothing is said.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Play a failure again: the same check, seed and smallest input, against the device as it is now.

    Exit code 0: it does not fail any more; 1: it still fails; 2: it could not be played (another version, a damaged file, nothing there).

    Example:  hulian conformance replay report/capsule-E4-mqtt.json

    Example:  hulian conformance replay capsule-S1.json coap://192.0.2.8 --control lamp.sock
    """
    found, language = read_capsule(file), language_of(lang)
    place = target_of(target or found.target, str(found.facts.get("claim", "")), credentials=credentials)
    order = Order(target=place, seed=found.seed, control=control, unit=unit, real=real_time)
    if not json:
        _show_capsule(found, language)
    verdict = _played(found, order)
    if json:
        print_json(plain({"capsule": str(file), **verdict.document()}))
    else:
        _show_verdict(verdict, language)
    raise typer.Exit({Outcome.PASSED: 0, Outcome.FAILED: NOT_CONFORMANT}.get(verdict.outcome, NOT_RUN))


def _played(found: Capsule, order: Order) -> Verdict:
    verdicts: list[Verdict] = []

    async def program(_: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            ready: Ready = await prepared(order, stack)
            verdicts.append(await replayed(found, ready))

    run_until_stopped(program)
    if not verdicts:
        raise KeyboardInterrupt
    return verdicts[0]


def _show_capsule(found: Capsule, language: str) -> None:
    out = console()
    out.print(Text.assemble((found.id, "bold"), f"  {said(requirements()[found.requirement].titles, language)}"))
    if found.inputs:
        out.print(Text(f"with {value_text(found.inputs[0])}", style="dim"))
    if differs(found):
        out.print(Text("The suite was changed since, under the same version: what is played may not be the same.", style="yellow"))


def _show_verdict(verdict: Verdict, language: str) -> None:
    out = console()
    match verdict.outcome:
        case Outcome.PASSED:
            out.print(Text(f"It does not fail any more ({verdict.seconds:.1f} s).", style="bold green"))
        case Outcome.FAILED:
            out.print(Text(f"It still fails ({verdict.seconds:.1f} s).", style="bold red"))
            out.print(failure_text(verdict, language))
        case _:
            out.print(Text(f"It could not be played: {verdict.because or verdict.expected}", style="bold yellow"))
