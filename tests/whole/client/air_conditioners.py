"""A client as somebody who has the gateway would write it: it drives every air conditioner of a home by its Thing Description alone.

python -m tests.whole.client.air_conditioners mqtt://127.0.0.1:1883
python -m tests.whole.client.air_conditioners coap://127.0.0.1:5683

It has read the standard and knows no maker. What it saw is printed as one JSON object a device; what is not as the standard says ends it.
"""

import asyncio
import json
import math
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

ENDS = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
COOLER, PATIENCE, SETTLING = 1.0, 120.0, 1.0
"""Kelvin by which the room must cool, seconds it may take, seconds in which an ack too many would come."""
State = Mapping[str, Any]


class Home(Protocol):
    """The home over one transport."""

    @property
    def acks(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Every ack it told of, by the command's id."""
        ...

    async def devices(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the Thing Description of every device."""
        ...

    async def state(self, device: str) -> State:
        """Return the public state now."""
        ...

    async def read(self, device: str, name: str) -> Any:
        """Return one property."""
        ...

    async def command(self, device: str, operation: str, name: str, argument: Any, identifier: str) -> Mapping[str, Any]:
        """Ask for a write or an action; return how it ended: `state`, and `error` where it did not complete."""
        ...


@dataclass
class Visit:
    """What is done with one air conditioner; `seen` are the names of the checks in their order."""

    home: Home
    device: str
    description: Mapping[str, Any]
    seen: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def check(self, what: str, true: object, found: object = None) -> None:
        """Note that `what` is so; end with what was `found` instead when it is not."""
        if not true:
            raise SystemExit(f"{self.device}: not so: {what}; found {found!r}")
        self.seen.append(what)

    def schema(self, name: str) -> Mapping[str, Any]:
        return dict(self.description["properties"][name])

    async def ask(self, operation: str, name: str, argument: Any) -> Mapping[str, Any]:
        identifier = f"{self.device}-{len(self.asked)}-{time.time_ns()}"
        self.asked.append(identifier)
        return await self.home.command(self.device, operation, name, argument, identifier)

    async def done(self, operation: str, name: str, argument: Any) -> State:
        """Ask for something that must be done; return the state after it."""
        end = await self.ask(operation, name, argument)
        self.check(f"{operation} {name} is done", end["state"] == "completed", end)
        return await self.home.state(self.device)

    async def set(self, name: str, value: Any) -> None:
        state = await self.done("writeproperty", name, value)
        self.check(f"{name} shows what was set", state.get(name) == value, state)

    async def refused(self, name: str, value: Any, code: str, **more: str) -> None:
        """Ask for something that may not be done: it must be said why, and nothing may change."""
        before = await self.home.state(self.device)
        end = await self.ask("writeproperty", name, value)
        error = end.get("error", {})
        self.check(f"{name} is refused: {code}", end["state"] in {"rejected", "failed"} and error.get("code") == code, end)
        self.check(f"the refusal of {name} says why", error.get("title") and error.get("detail"), error)
        self.check(f"the refusal of {name} names it", all(error.get(member) == text for member, text in more.items()), error)
        after = await self.home.state(self.device)
        self.check(f"{name} stays", before.get(name) == after.get(name) or name == "roomTemperature", (before, after))


async def drive(visit: Visit) -> None:
    """Read everything, set everything, be refused, cool the room, switch it off."""
    await read_all(visit)
    await set_each(visit)
    await be_refused(visit)
    await cool(visit)
    await switch_off(visit)
    await asyncio.sleep(SETTLING)
    ends = Counter(identifier for identifier in visit.asked for ack in visit.home.acks.get(identifier, ()) if ack["state"] in ENDS)
    visit.check("every command ended exactly once", ends == Counter(visit.asked), (ends, visit.asked))


async def read_all(visit: Visit) -> None:
    state = await visit.home.state(visit.device)
    properties = visit.description["properties"]
    essential = {"power", "mode", "targetTemperature", "roomTemperature", "fanMode", "operatingState", "faults"}
    visit.check("the essentials are shown", essential <= state.keys(), sorted(state))
    visit.check("nothing is shown that is not described", state.keys() - {"$"} <= properties.keys(), state.keys() - properties.keys())
    misfits = {name: value for name, value in state.items() if name != "$" and not fits(value, properties[name])}
    visit.check("every value fits its schema", not misfits, misfits)
    for name in ("power", "mode", "targetTemperature", "fanMode"):
        visit.check(f"{name} alone is the same", await visit.home.read(visit.device, name) == state[name], state[name])


async def set_each(visit: Visit) -> None:
    target = visit.schema("targetTemperature")
    warm, cold = target["maximum"] - 4, target["minimum"] + 1
    await visit.set("power", True)
    await visit.set("mode", "cool")
    await visit.set("targetTemperature", warm)
    for speed in ("low", "high"):
        await visit.set("fanMode", speed)
    state = await visit.done("invokeaction", "setComfort", {"mode": "cool", "targetTemperature": cold})
    shown = (state["mode"], state["targetTemperature"], state["power"])
    visit.check("setComfort shows what was asked", shown == ("cool", cold, True), state)


async def be_refused(visit: Visit) -> None:
    await visit.refused("targetTemperature", visit.schema("targetTemperature")["maximum"] + 10, "schema", property="targetTemperature")
    await visit.refused("mode", "frying", "schema", property="mode")
    await visit.refused("roomTemperature", 20, "read-only", property="roomTemperature")
    await visit.refused("nothingLikeThis", 1, "unknown")
    await visit.set("mode", "fan")
    cold = visit.schema("targetTemperature")["minimum"] + 1
    await visit.refused("targetTemperature", cold, "state-conflict", constraint="ac-temp-writable")
    await visit.set("mode", "cool")


async def cool(visit: Visit) -> None:
    """Wait for the room: it must become cooler, and the appliance must say that it is cooling."""
    began = (await visit.home.state(visit.device))["roomTemperature"]
    cooler = await eventually(visit, lambda state: state["roomTemperature"] <= began - COOLER)
    visit.check("the room cools", cooler["roomTemperature"] <= began - COOLER, (began, cooler))
    cooling = await eventually(visit, lambda state: state["operatingState"] == "cooling")
    visit.check("it says that it is cooling", cooling["operatingState"] == "cooling", cooling)


async def switch_off(visit: Visit) -> None:
    await visit.set("power", False)
    state = await eventually(visit, lambda state: state["operatingState"] == "off")
    visit.check("off means that nothing runs", state["operatingState"] == "off", state)


async def eventually(visit: Visit, true: Callable[[State], bool]) -> State:
    """Return the state once it is so, or the last one."""
    deadline = time.monotonic() + PATIENCE
    while not true(state := await visit.home.state(visit.device)) and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    return state


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether a value is of the type and in the range its description tells."""
    types: dict[str, Any] = {"string": str, "boolean": bool, "array": list, "object": dict, "number": int | float, "integer": int | float}
    kind = schema["type"]
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if kind not in ("number", "integer"):
        return True
    step = schema.get("multipleOf", 1 if kind == "integer" else 0)
    return bool(schema["minimum"] <= value <= schema["maximum"]) and (not step or math.fmod(value, step) == 0)


@asynccontextmanager
async def at(url: str) -> AsyncIterator[Home]:
    """Come in at a home."""
    if url.startswith("mqtt:"):
        from tests.whole.client.over_mqtt import home_over_mqtt  # noqa: PLC0415 - one needs aiomqtt, the other aiocoap

        come_in: AbstractAsyncContextManager[Home] = home_over_mqtt(url)
    else:
        from tests.whole.client.over_coap import home_over_coap  # noqa: PLC0415 - likewise

        come_in = home_over_coap(url)
    async with come_in as home:
        yield home


async def main() -> None:
    async with at(sys.argv[1]) as home:
        found = {device: text for device, text in (await home.devices()).items() if text["hl:kind"] == "air-conditioner"}
        visits = [Visit(home, device, description) for device, description in sorted(found.items())]
        await asyncio.gather(*(drive(visit) for visit in visits))
    print(json.dumps({visit.device: visit.seen for visit in visits}))


if __name__ == "__main__":
    asyncio.run(main())
