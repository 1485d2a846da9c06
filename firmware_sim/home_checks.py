"""What has to be true of the units of a home together: ids, addresses, and that what hangs on another finds it and in no circle."""

from collections.abc import Iterable, Sequence

from firmware_sim.build import check_order
from firmware_sim.infrared.code_sets import code_set
from firmware_sim.plan import UnitPlan
from firmware_sim.profile import load, locate
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WIRES

_LISTENING = ("native_coap", "midea_v2")


def check_home(units: Sequence[UnitPlan]) -> None:
    """Raise SetupMistake naming the unit that cannot be."""
    names = [plan.id for plan in units if plan.id is not None]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SetupMistake(f"the id {', '.join(twice)} appears twice")
    _check_places(units)
    known = {plan.id: plan for plan in units if plan.id is not None}
    for plan in units:
        _check_link(plan, "feeds", plan.feeds, known)
        _check_link(plan, "via", plan.via, known)
    _check_feeding(units)
    _check_remotes(units, known)


def check_choices(plan: UnitPlan) -> None:
    """Raise SetupMistake when the kind is not made, or cannot be set, as the unit asks for."""
    if plan.via is not None:
        code_set(locate(plan.kind, plan.profiles).kind)
    elif plan.features is not None or plan.settings or plan.made or plan.narrowed or plan.added:
        check_order(
            plan.kind,
            features=plan.features,
            settings=plan.settings,
            made=plan.made,
            profiles=plan.profiles,
            narrowed=plan.narrowed,
            added=plan.added,
        )


def _check_places(units: Sequence[UnitPlan]) -> None:
    """One address serves one unit with the same wire."""
    places: dict[tuple[str | None, int | None, str], UnitPlan] = {}
    for plan in units:
        for module in WIRES[plan.wire]:
            place = (plan.address, plan.port, module)
            if module not in _LISTENING or plan.port == 0:
                continue
            if place in places:
                both = f"{_name(places[place])} and {_name(plan)}"
                raise SetupMistake(f"{both}: {plan.address} is given to two units with the same wire; use one 127.0.0.N for each")
            places[place] = plan


def _check_link(plan: UnitPlan, term: str, other: str | None, known: dict[str, UnitPlan]) -> None:
    if other is None:
        return
    if other == plan.id or other not in known:
        raise SetupMistake(f"{_name(plan)}: `{term}: {other}` names no other unit of this home; there are {', '.join(sorted(known))}")


def _check_feeding(units: Iterable[UnitPlan]) -> None:
    fed: dict[str, UnitPlan] = {}
    for plan in units:
        if plan.feeds is None:
            continue
        if "feeds" not in load(*locate(plan.kind, plan.profiles)).document.get("properties", {}):
            raise SetupMistake(f"{_name(plan)}: a {plan.kind} feeds nothing; only a kind with the property `feeds` does, such as plug")
        if plan.feeds in fed:
            raise SetupMistake(f"{plan.feeds} is fed twice, by {_name(fed[plan.feeds])} and {_name(plan)}")
        fed[plan.feeds] = plan
    for start in fed:
        _walk(start, fed)


def _walk(start: str, fed: dict[str, UnitPlan]) -> None:
    """Go up from a fed unit to the mains; coming round again is a circle."""
    seen, name = {start}, fed[start].id
    while name is not None and name in fed:
        if name in seen:
            raise SetupMistake(f"{start} feeds itself in a circle: {', '.join(sorted(seen))}")
        seen.add(name)
        name = fed[name].id


def _check_remotes(units: Iterable[UnitPlan], known: dict[str, UnitPlan]) -> None:
    for plan in units:
        if plan.via is None:
            continue
        if "native_coap" not in WIRES[plan.wire] and "native_mqtt" not in WIRES[plan.wire]:
            raise SetupMistake(f"{_name(plan)}: a remote speaks for it in the standard's own words: use a native wire, not {plan.wire}")
        remote = known[plan.via]
        if remote.room != plan.room:
            raise SetupMistake(f"{_name(plan)}: infrared does not go through walls: put it into the room of {plan.via} ({remote.room})")
        if "send" not in load(*locate(remote.kind, remote.profiles)).document.get("actions", {}):
            raise SetupMistake(f"{_name(plan)}: `via: {plan.via}` is a {remote.kind} and sends nothing; it is an ir-remote that is meant")


def _name(plan: UnitPlan) -> str:
    return f"unit {plan.id}" if plan.id else f"a {plan.kind}"
