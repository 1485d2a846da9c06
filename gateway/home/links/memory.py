"""A session of a unit that has no memory for what hangs on it, with that memory added: what is written there stays with the gateway."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

from gateway.home.links.relation import KEEPABLE
from gateway.profile.narrowing import READ_ONLY, REASON
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import Principal
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session
from gateway.thing.value import Value

Keep = Callable[[str, Mapping[str, Value], Principal], Awaitable[None]]
"""Remember these values of a device, on behalf of somebody."""


def granted(description: Description) -> tuple[Description, frozenset[str]]:
    """Return a description without the refusal to be told what hangs on it, and the names of what the gateway has to remember then."""
    names = frozenset(name for name in KEEPABLE & description.narrowing.keys() if description.narrowing[name].get(READ_ONLY))
    if not names:
        return description, names
    freed = {
        name: {term: value for term, value in description.narrowing[name].items() if term not in {READ_ONLY, REASON}} for name in names
    }
    narrowing = {name: terms for name, terms in {**description.narrowing, **freed}.items() if terms}
    return replace(description, narrowing=narrowing), names


class Remembering:
    """The session `unit` of a device of which the gateway remembers `names`."""

    def __init__(self, unit: Session, names: frozenset[str], keep: Keep) -> None:
        self.unit = unit
        self.names = names
        self._keep = keep

    def describe(self) -> tuple[Description, ...]:
        """Return the devices this session carries."""
        return self.unit.describe()

    def reports(self) -> AsyncIterator[Report]:
        """Yield what the unit says."""
        return self.unit.reports()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Do what is the unit's, then remember what is not."""
        values = _written(command)
        mine = {name: value for name, value in values.items() if name in self.names}
        rest = {name: value for name, value in values.items() if name not in self.names}
        if rest or not mine:
            task = command if not mine else replace(command, operation=Operation.WRITE_MULTIPLE, name="", input=rest)
            stages = self.unit.execute(task)
            try:
                async for progress in stages:
                    if progress.state is AckState.COMPLETED and mine:
                        break
                    yield progress
                    if progress.state.terminal:
                        return
            finally:
                await _close(stages)
        if mine:
            await self._keep(command.device, mine, command.principal)
            yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        """Ask a running action to stop."""
        await self.unit.cancel(command_id)


def _written(command: Command) -> Mapping[str, Value]:
    if command.operation is Operation.WRITE_PROPERTY:
        return {command.name: command.input}
    if command.operation is Operation.WRITE_MULTIPLE and isinstance(command.input, dict):
        return command.input
    return {}


async def _close(stages: AsyncIterator[Progress]) -> None:
    close = getattr(stages, "aclose", None)
    if close is not None:
        await close()
