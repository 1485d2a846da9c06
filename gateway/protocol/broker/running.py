"""One life of the broker: from the files it reads to its end, with the link over which its rights change."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from gateway.errors import BrokerUnavailable, LinkDown
from gateway.protocol.broker import rights
from gateway.protocol.broker.child import Child, watched
from gateway.protocol.broker.control import Control
from gateway.protocol.broker.folder import BrokerFolder
from gateway.protocol.broker.mosquitto import CONFIGURATION, MOST_MEMORY, TLS, find
from gateway.protocol.broker.plan import Doors, Identity
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.dial import at_file
from gateway.thing.clock import Clock

Kind = Literal["mosquitto", "amqtt"]

_READY_SECONDS: Final = 30.0
"""A slow machine needs seconds to import amqtt."""
_STEP = 0.02
_BATCH: Final = 100
"""Commands in one message to the broker, which must not be larger than it takes."""


def usual_kind() -> Kind:
    """Return which broker is taken here: mosquitto where it is installed with its plugin."""
    return "mosquitto" if find() else "amqtt"


@dataclass(frozen=True, slots=True)
class Ours:
    """What our own links are called, and what they know, for as long as this process lives: nobody guesses either."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    suffix: str = field(default_factory=lambda: f"-{secrets.token_hex(16)}", repr=False)

    @property
    def gateway(self) -> str:
        """Return the name under which our links come in."""
        return f"gateway{self.suffix}"

    @property
    def controller(self) -> str:
        """Return the name under which rights are changed."""
        return f"controller{self.suffix}"

    def identities(self) -> tuple[Identity, Identity]:
        """Return both."""
        gateway = replace(rights.full_rights(self.gateway), password=self.secret)
        return gateway, replace(rights.controller(self.controller), password=self.secret)


class Running:
    """A broker that takes connections. `own`: where our own links go."""

    def __init__(self, kind: Kind, child: Child, control: Control | None) -> None:
        self.kind = kind
        self.child = child
        self._control = control

    @classmethod
    async def start(
        cls,
        kind: Kind,
        folder: BrokerFolder,
        doors: Doors,
        known: Iterable[Identity],
        own: BrokerAddress,
        ours: Ours,
        group: asyncio.TaskGroup,
        clock: Clock,
        hear: Callable[[str], bool],
    ) -> Self:
        """Write the files, start the child, and return once it takes connections; BrokerUnavailable, ConfigurationInvalid, ExtraMissing."""
        if kind == "mosquitto":
            await asyncio.to_thread(folder.write, doors, (*ours.identities(), *known))
            child = await Child.start(
                watched(find() or kind, "-c", CONFIGURATION, memory=MOST_MEMORY), clock, hear, folder=folder.path, OPENSSL_CONF=TLS
            )
        else:
            command = (sys.executable, "-m", "gateway.protocol.broker.amqtt_child", own.host, str(own.port))
            child = await Child.start(command, clock, hear, HULIAN_BROKER_SECRET="" if doors.open else ours.secret)
        listening = group.create_task(child.listen(), name="broker-words")
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while child.alive:
                    if child.pid and await _answers(own):
                        return cls(kind, child, await _control(own, ours) if kind == "mosquitto" else None)
                    await asyncio.sleep(_STEP)
                await asyncio.wait({listening})
        except BaseException:
            await child.stop()
            raise
        raise BrokerUnavailable(f"{kind} does not start: {child.last_words or 'it gives no reason'}")

    async def tell(self, commands: Sequence[rights.Document]) -> None:
        """Have rights changed; LinkDown when the broker does not say at once that it has. amqtt has none."""
        if self._control is not None:
            for start in range(0, len(commands), _BATCH):
                await self._control.do(commands[start : start + _BATCH])

    async def ended(self) -> str:
        """Return how it ended, once it has."""
        code = await self.child.wait()
        await self.stop()
        return f"{self.kind} ended with code {code}: {self.child.last_words or 'it gave no reason'}"

    async def stop(self) -> None:
        """End it."""
        if self._control is not None:
            await self._control.drop()
        await self.child.stop()


async def _answers(own: BrokerAddress) -> bool:
    try:
        if own.socket is not None:
            opened = await at_file(own.socket)
            opened.close()
        else:
            _, writer = await asyncio.open_connection(own.host, own.port)
            writer.close()
    except OSError:
        return False
    return True


async def _control(own: BrokerAddress, ours: Ours) -> Control:
    try:
        return await Control.open(replace(own, username=ours.controller))
    except LinkDown as error:
        raise BrokerUnavailable(f"mosquitto started, but: {error}") from error
