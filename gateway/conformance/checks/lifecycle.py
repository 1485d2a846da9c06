"""L: until when a device is safe to use, and whether its diagnosis finds what is broken."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import changed
from gateway.conformance.failure import Failure, Gone, NotAsked, Silence, Untried
from gateway.conformance.laboratory import returned
from gateway.conformance.line import Request
from gateway.conformance.tables import faults, safe_use
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of


def _has_term(thing: Thing) -> str:
    return "" if "safeUse" in thing.public else "it says nothing of safe use (T1 says whether it must)"


@check("L2", applies=_has_term, seconds=0.1)
async def safe_use_ends_so_many_years_after_its_start(bench: Bench) -> None:
    """The end of safe use is its start and the years of its kind; where one of them is not known, the term is unknown and not guessed.

    Judged by the standard's table (`safe-use-years`) and the life record: the start is the purchase, or the installation where a
    professional installs and that is recorded; the years are the record's, else the table's; of 29 February in another year the 28th. How
    much is left depends on today, which a gateway judges.
    """
    told = (await bench.line.state()).get("safeUse")
    if not isinstance(told, Mapping):
        raise Untried("its safe use has no value")
    header = await _header(bench)
    row = safe_use(bench.thing.kind)
    ends = _ends(header, row)
    until = told.get("until")
    if not ends and until is not None:
        raise Failure("no end of safe use where years or start are not known", sent=_dates(header), came=told)
    if ends and until is None and told.get("state") == "unknown":
        raise Failure(f"safe use until {' or '.join(sorted(map(str, ends)))}", sent=_dates(header), came=told)
    if ends and until is not None and until not in {str(end) for end in ends}:
        raise Failure(f"safe use until {' or '.join(sorted(map(str, ends)))}", sent=_dates(header), came=told)


async def _header(bench: Bench) -> Mapping[str, Any]:
    """Return the beginning of its life record, {} where it has none; on MQTT alone it has one that is not described, and is asked for."""
    try:
        life = await bench.line.read("life")
    except Gone:
        raise
    except Failure as failure:
        if "life" not in bench.thing.properties:
            return {}
        raise Untried("its life record cannot be read, so the start of the term is not known") from failure
    header = life.get("header", {}) if isinstance(life, Mapping) else {}
    return header if isinstance(header, Mapping) else {}


def _dates(header: Mapping[str, Any]) -> dict[str, Any]:
    names = ("purchased", "installed", "proInstalled", "safeUseYears", "made")
    return {name: header[name] for name in names if name in header}


def _ends(header: Mapping[str, Any], row: Mapping[str, Any]) -> set[date]:
    """Return when the term may end; nothing where it is not known."""
    own = header.get("safeUseYears")
    years = {own} if isinstance(own, int) else {row.get("years"), *(case.get("years") for case in row.get("cases", ()))} - {None}
    pro = row.get("start") == "installation" or bool(header.get("proInstalled"))
    starts = [header.get("installed")] if pro and header.get("installed") else [header.get("purchased")]
    days = [date.fromisoformat(start) for start in starts if isinstance(start, str)]
    return {_later(day, int(count)) for day in days for count in years}


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


# Diagnosis

MOST, FOUND, TOP = 10, 0.9, 3
"""Faults that are tried, the share that must be found, and among how many suspects."""
SLICES: Final = 12


def _diagnoses(thing: Thing) -> str:
    return "" if "runDiagnostics" in thing.actions else "it has no diagnosis (T1 says whether it must)"


async def diagnosed(bench: Bench, **input: Any) -> Mapping[str, Any]:
    """Run a diagnosis to its end and return its output; raise Failure when it does not end well in its time."""
    request = Request(operation="invokeaction", name="runDiagnostics", input=input)
    allowed = seconds_of(bench.thing.actions["runDiagnostics"].get("hl:maxDuration")) or 900.0
    task = asyncio.create_task(bench.line.ask(request, patience=120.0), name="a diagnosis")
    try:
        await asyncio.wait({task}, timeout=0.05)
        for _ in range(SLICES):
            if task.done():
                break
            await bench.pass_time(allowed / SLICES)
            await asyncio.wait({task}, timeout=0.3)
        if not task.done():
            raise Silence("a diagnosis ends within its maxDuration", sent=input)
        answer = task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Failure):
            await task
    out = answer.last.get("out")
    if answer.state != "completed" or not isinstance(out, Mapping):
        raise Failure("a diagnosis completes and tells its checks", sent=input, came=answer.last)
    return out


@check("L7", "finds", hands=("fault", "advance"), applies=_diagnoses, seconds=5.0)
async def a_diagnosis_finds_what_is_broken(bench: Bench) -> None:
    """Of the faults its kind may have, a diagnosis names the broken component among its first three suspects, for nine of ten.

    Judged: up to ten faults drawn from the catalogue for its kind, one at a time; the component is the catalogue's. Faults that latch are
    left out, for somebody would have to reset them.
    """
    codes = _faults_of(bench.thing.kind)
    chosen = bench.random.sample(codes, min(MOST, len(codes)))
    if not chosen:
        raise NotAsked(f"the catalogue has no fault of a {bench.thing.kind}")
    missed: dict[str, Any] = {}
    for code in chosen:
        await bench.hands.do("fault", code=code)
        try:
            suspects = list((await diagnosed(bench, level="quick")).get("suspects", ()))
        finally:
            with suppress(Untried):
                await bench.hands.do("fault", code=code, clear=True)
        if faults()[code]["component"] not in _components(suspects[:TOP]):
            missed[code] = suspects[:TOP]
    if len(missed) > (1 - FOUND) * len(chosen):
        raise Failure(f"the component among the first {TOP} suspects, for {FOUND:.0%} of the faults", sent=chosen, came=missed)


def _faults_of(kind: str) -> list[str]:
    """Return the codes of the catalogue that this kind may have, those that do not latch and name their component."""
    fit = ((code, row) for code, row in faults().items() if row.get("kinds") == "all" or kind in (row.get("kinds") or ()))
    return [
        code for code, row in fit if not row.get("latched") and row.get("component") and not code.startswith(("VENDOR", "CLAIM", "LIFE"))
    ]


def _components(suspects: Iterable[Any]) -> set[str]:
    return {str(each.get("component")) for each in suspects if isinstance(each, Mapping)}


@check("L7", "allow", hands=("truth", "advance"), applies=_diagnoses, seconds=1.0)
async def a_diagnosis_moves_nothing_it_was_not_allowed_to(bench: Bench) -> None:
    """A diagnosis runs no motor, no heater and no sound it was not given leave for, and changes no setting.

    Judged: a full diagnosis with leave for nothing, and one for sound only, where the laboratory tells what was moved (`truth`:
    `exercised`); what can be written is afterwards as before.
    """
    for allow in ([], ["sound"]):
        before = await returned(bench, bench.line)
        await diagnosed(bench, level="full", allow=allow)
        truth = (await bench.hands.do("truth")).get("truth")
        exercised = truth.get("exercised") if isinstance(truth, Mapping) else None
        if exercised is None:
            raise Untried("the laboratory does not tell what a diagnosis moves (`truth`: `exercised`)")
        if unasked := sorted(set(map(str, exercised)) - set(allow)):
            raise Failure("nothing is moved that was not allowed", sent={"allow": allow}, came=unasked)
        if moved := changed(before, await returned(bench, bench.line), bench.thing.writable):
            raise Failure("no setting changes by a diagnosis", sent={"allow": allow}, came=sorted(moved))
