"""Our driver on its own, for a namespace: finds what answers the group, opens the first, writes, and prints what it saw as JSON.

python -m tests.interop.echonet_hub LOCAL_ADDRESS '{"targetTemperature": 22}'
"""

import asyncio
import json
import sys
from contextlib import aclosing
from random import Random
from typing import Any

from gateway.drivers.echonet import DRIVER
from gateway.drivers.spi import Candidate, Context, SearchContext, registration_of
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL

Seen = dict[str, Any]


async def found(where: SearchContext, patience: float = 20.0) -> list[Candidate]:
    assert DRIVER.search is not None
    async with asyncio.timeout(patience), aclosing(DRIVER.search(where)) as sightings:  # type: ignore[type-var]
        return [candidate async for sighting in sightings if (candidate := DRIVER.recognise(sighting)) is not None]


async def main(local: str, wanted: Seen) -> Seen:
    context = Context(gateway="hub", clock=SystemClock(), random=Random(1), library=Library())
    notes: list[str] = []
    where = SearchContext(
        interfaces=(local,),
        unicast=(),
        context=context,
        asked=lambda _where, _what: None,
        dropped=lambda at, why: notes.append(f"{at}: {why}"),
    )
    candidates = await found(where)
    seen: Seen = {"found": [[each.address, each.key, each.kind] for each in candidates], "dropped": notes}
    if candidates:
        seen |= await used(candidates[0], context, wanted)
    return seen


async def used(candidate: Candidate, context: Context, wanted: Seen) -> Seen:
    async with DRIVER.open(registration_of(candidate), context) as session:
        values: Seen = {}

        async def follow() -> None:
            async for report in session.reports():
                values.update(report.values)

        following = asyncio.create_task(follow(), name="follow")
        await asyncio.sleep(0.2)
        (description, *_) = session.describe()
        before = dict(values)
        for name, value in wanted.items():
            command = Command(
                id=f"c-{name}", device=description.id, operation=Operation.WRITE_PROPERTY, name=name, input=value, principal=LOCAL
            )
            _ = [progress async for progress in session.execute(command)]
        await asyncio.sleep(0.5)
        following.cancel()
        return {"kind": description.kind, "features": description.features, "before": before, "after": values}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))))
