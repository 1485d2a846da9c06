"""E5: what is wrong with an appliance is told in the standard's words, and the vendor's own code is never lost."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.line import Heard, Hearing
from gateway.conformance.thing import Thing

OWN: Final = "JX-937"
"""A code of a vendor that no catalogue has."""
UNKNOWN: Final = "VENDOR.UNKNOWN"
SOON: Final = 10.0


def _lists_faults(thing: Thing) -> str:
    return "" if "faults" in thing.public else "it has no list of faults (T1 says whether it must)"


@check("E5", each=True, hands=("fault",), applies=_lists_faults, seconds=0.5)
async def an_unknown_code_is_not_lost(bench: Bench) -> None:
    """A code of the vendor's that nobody knows is told as `VENDOR.UNKNOWN`, with the vendor's code beside it."""
    async with _broken(bench, OWN) as fault:
        if fault.get("code") != UNKNOWN or fault.get("vendor") != OWN:
            raise Failure(f"a fault with the code {UNKNOWN} and the vendor's code {OWN}", sent=OWN, came=fault)


@check("E5", "known", each=True, hands=("fault",), applies=_lists_faults, seconds=0.5)
async def a_known_fault_is_told_in_the_words_of_the_catalogue(bench: Bench) -> None:
    """A fault of the catalogue is told by its common code, listed while it is there, and gone afterwards."""
    code = next(iter(_mild(bench.thing)), "")
    if not code:
        raise Untried("the catalogue has no mild fault for its kind")
    async with _broken(bench, code) as fault:
        if fault.get("code") != code:
            raise Failure(f"a fault with the code {code}", sent=code, came=fault)


@asynccontextmanager
async def _broken(bench: Bench, code: str) -> AsyncIterator[Mapping[str, Any]]:
    """Break something for the length of the block; yield the fault that is listed, once its event said the same; see it gone after."""
    before = _codes(await _faults(bench))
    async with bench.line.hearing("e", "s") as hearing:
        since = len(hearing.items)
        await bench.hands.do("fault", code=code)
        try:
            fault = await _listed(bench, before, code)
            await hearing.until(_is_event("faultRaised", fault), SOON, f"the event faultRaised with {_key(fault)}", since=since)
            yield fault
            since = len(hearing.items)
        finally:
            with suppress(Untried):  # what never came cannot be cleared
                await bench.hands.do("fault", code=code, clear=True)
        await _gone(bench, hearing, since, fault)


async def _gone(bench: Bench, hearing: Hearing, since: int, fault: Mapping[str, Any]) -> None:
    await hearing.until(_is_event("faultCleared", fault), SOON, f"the event faultCleared with {_key(fault)}", since=since)

    async def gone() -> bool:
        return all(_key(each) != _key(fault) for each in await _faults(bench))

    await bench.until_true(gone, SOON, f"{fault.get('code')} leaves the list of faults")


async def _listed(bench: Bench, before: set[tuple[Any, Any]], code: str) -> Mapping[str, Any]:
    """Return the fault that was not in the list before; raise Silence when none comes."""
    found: list[Mapping[str, Any]] = []

    async def there() -> bool:
        found[:] = [each for each in await _faults(bench) if _key(each) not in before]
        return bool(found)

    await bench.until_true(there, SOON, f"a fault in `faults` after {code} was brought about")
    return found[0]


async def _faults(bench: Bench) -> list[Mapping[str, Any]]:
    listed = (await bench.line.state()).get("faults", [])
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _is_event(name: str, fault: Mapping[str, Any]) -> Any:
    """Return what knows the event of a fault: the same codes as in the list."""

    def fits(heard: Heard) -> bool:
        named = heard.what == "e" and heard.name == name and not heard.retained
        return named and isinstance(heard.value, dict) and _key(heard.value) == _key(fault)

    return fits


def _codes(faults: list[Mapping[str, Any]]) -> set[tuple[Any, Any]]:
    return {_key(each) for each in faults}


def _key(fault: Mapping[str, Any]) -> tuple[Any, Any]:
    return fault.get("code"), fault.get("vendor")


def _mild(thing: Thing) -> list[str]:
    """Return the codes of the catalogue that this kind can have, and that neither latch nor stop anything."""
    mild = []
    for code, fault in thing.library.faults().items():
        kinds = fault.get("kinds", "all")
        if (kinds == "all" or thing.kind in kinds) and not fault.get("latched") and not fault.get("effect") and code != UNKNOWN:
            mild.append(code)
    return mild
