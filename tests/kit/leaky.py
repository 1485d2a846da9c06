"""A driver that makes every mistake with its unit's token there is to make, and a hub that has it: `python -m tests.kit.leaky`.

It pairs with the token in an error, logs it, puts it into reasons, tracebacks and refusals. What of that gets out is for the test to see.
"""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.cli import serving
from gateway.cli.endings import ended_well
from gateway.cli.logs import set_up_logs
from gateway.cli.takeover import keep_to_itself
from gateway.drivers import table
from gateway.drivers.spi import Ask, Candidate, Context, Driver, Registration, SearchContext, Sighting
from gateway.errors import DeviceFailure
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress

NAME = "leaky"
UNITS = ("plug-good", "plug-broken", "plug-refused", "plug-unpaired", "plug-later")
_log = Log()


@dataclass
class Leaky:
    registration: Registration

    def describe(self) -> tuple[Description, ...]:
        return (Description(id=self.registration.key, kind="plug"),)

    async def reports(self) -> AsyncIterator[Report]:
        yield Report(device=self.registration.key, values={"power": True})
        await _clock(self.registration)
        raise OSError(f"lost https://unit/?token={self.registration.credentials['token']}")

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        token = self.registration.credentials["token"]
        _log.debug("about to send", token=token, command=command.id)
        if command.input is False:
            raise DeviceFailure(f"the unit does not take {token}")
        raise ValueError(f"cannot send {token!r}")
        yield

    async def cancel(self, command_id: str) -> None:
        raise KeyError(command_id)


async def _clock(registration: Registration) -> None:
    await CONTEXT[registration.key].clock.sleep(8.0)


CONTEXT: dict[str, Context] = {}


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[Leaky]:
    CONTEXT[registration.key] = context
    token = registration.credentials.get("token", "")
    if registration.key == "plug-broken":
        raise ValueError(f"login {registration.credentials}") from KeyError(token)
    if registration.key == "plug-refused":
        raise DeviceFailure(f"the token {token} is not taken")
    yield Leaky(registration)


async def search(wanted: SearchContext) -> AsyncIterator[Sighting]:
    for unit in UNITS:
        yield Sighting(
            source=NAME,
            service=NAME,
            name=unit,
            address="127.0.21.9",
            port=9,
            facts={"id": unit},
            interface="127.0.0.1",
            at=wanted.context.clock.now(),
        )


def recognise(sighting: Sighting) -> Candidate | None:
    if sighting.service != NAME:
        return None
    return Candidate(
        driver=NAME,
        key=sighting.facts["id"],
        title=sighting.name,
        kind="plug",
        address=sighting.address,
        port=sighting.port,
        needs=("token",),
    )


async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
    token = await ask("token", "the token of the unit")
    _log.info("paired", key=candidate.key, answer={"token": token})
    if candidate.key == "plug-unpaired":
        raise RuntimeError(f"the cloud says 401 to {token}")
    return {"token": token}


DRIVER = Driver(name=NAME, title="Leaky", kinds=("plug",), recognise=recognise, open=open_session, search=search, pair=pair)


def main() -> None:
    keep_to_itself()
    table.DRIVERS[NAME] = "tests.kit.leaky"
    told = json.loads(sys.argv[1])
    set_up_logs(verbose=True, json=told.pop("json_logs"))
    ended_well(lambda: serving.begin(told))


if __name__ == "__main__":
    main()
