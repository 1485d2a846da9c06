"""One object of a node as a unit of its own: which properties it has, what it shows, and how it is set.

What it shows is kept, because a reading may need several properties and an announcement brings only those that changed.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping

from gateway.drivers.echonet.description import describe
from gateway.drivers.echonet.frame import GOT, GOT_PARTLY, TOLD, TOLD_SURELY, Frame
from gateway.drivers.echonet.lists import property_map
from gateway.drivers.echonet.mapping import DeviceClass
from gateway.drivers.echonet.talk import Talk
from gateway.drivers.parts.estimate import PROPERTY as PROGRESS
from gateway.drivers.parts.estimate import Progress
from gateway.drivers.parts.session import Heard
from gateway.drivers.parts.sheet import HIDDEN
from gateway.errors import DeviceFailure, Offline, TimedOut, Unknown, WireError
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.description import Description
from gateway.thing.value import Value

ANNOUNCED, SETTABLE, GETTABLE = 0x9D, 0x9E, 0x9F
STATUS = 0x80
_SHOWING = frozenset({GOT, GOT_PARTLY, TOLD, TOLD_SURELY})


class EchonetUnit:
    """`instance`: the object; `announces`: whether it tells of changes to what can be set."""

    def __init__(self, talk: Talk, of: DeviceClass, node: str, instance: int, facts: Mapping[str, str], library: Library) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = talk.closed
        self.instance = instance
        self.announces = False
        self._talk = talk
        self._class = of
        self._node = node
        self._facts = facts
        self._library = library
        self._instance: Instance | None = None
        self._gettable: frozenset[int] = frozenset()
        self._settable: frozenset[int] = frozenset()
        self._shown: dict[int, bytes] = {}
        self._progress = Progress()
        talk.heard.append(self._take)

    @property
    def interval(self) -> float:
        """Seconds between two questions."""
        return self._class.interval if self.announces else self._class.unannounced

    def describe(self, _: Collection[str]) -> Description:
        """Return the device; its maps say all of it."""
        return describe(self._class, self._node, self.instance, self._facts, self._gettable)

    async def begin(self) -> None:
        """Learn which properties the object has; raise DeviceFailure when its maps cannot be read."""
        maps = await self._talk.get(self.instance, (GETTABLE, SETTABLE, ANNOUNCED))
        try:
            self._gettable = property_map(maps[GETTABLE])
            self._settable = property_map(maps.get(SETTABLE) or b"\x00")
            announced = property_map(maps.get(ANNOUNCED) or b"\x00")
        except (WireError, KeyError) as error:
            raise DeviceFailure(f"object {self.instance:06x} does not tell its properties: {error}") from error
        device = self.describe(())
        self._instance = self._library.model(device.kind, device.major).instance(device)
        self.announces = not (self._settable & self._class.codes) - announced
        await self.ask()

    async def ask(self) -> bool:
        """Ask for everything that has a meaning; all of it is answered then, if only with nothing."""
        await self._talk.get(self.instance, sorted(self._class.codes & self._gettable))
        return True

    async def probe(self) -> None:
        """Ask whether it is on, and whether something is wrong."""
        await self._talk.get(self.instance, [code for code in (STATUS, 0x88, 0x89) if code in self._gettable] or [STATUS])

    def words(self, asked: Mapping[str, Value]) -> dict[int, bytes]:
        """Return the data to set; raise ReadOnly for what the object's maps let nobody set, SchemaViolation for a value without a form."""
        return self._class.wish(asked, self._settable)

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Set what is asked; raise DeviceFailure when the unit refuses some of it."""
        await self._set(self.words(asked))

    async def invoke(self, name: str, argument: Value) -> Value:
        """Start an action; raise Unknown when this class has none of that name, DeviceFailure when the unit refuses it."""
        if name not in self._class.invocations:
            raise Unknown(f"this appliance has no {name}")
        await self._set(self._class.start(name, argument, self._settable))
        return None

    async def _set(self, data: Mapping[int, bytes]) -> None:
        before = {code: self._shown[code] for code in data if self._shown.get(code)}
        if refused := await self._talk.set(self.instance, data):
            await self._put_back({code: was for code, was in before.items() if code not in refused and was != data[code]})
            codes = ", ".join(f"0x{code:02X}" for code in sorted(refused))
            raise DeviceFailure(f"the appliance refused it (property {codes}) and does not say why: try it at the appliance")

    async def _put_back(self, before: Mapping[int, bytes]) -> None:
        """Undo what was taken of a setting that was refused in part, as well as this node lets: several properties are set all or none."""
        if before:
            with contextlib.suppress(TimedOut, Offline):  # it is refused all the same, and the next refresh tells what became of it
                await self._talk.set(self.instance, before)
                await self._talk.get(self.instance, list(before))

    def _take(self, frame: Frame) -> None:
        """Note what the object tells, asked or not; a property without data is one it cannot tell now."""
        if frame.source != self.instance or frame.service not in _SHOWING:
            return
        told = dict(frame.properties)
        self._shown |= told
        if said := self._possible(self._class.read(self._shown, told.keys())):
            self.heard(said | self._estimated(said))

    def _possible(self, said: dict[str, Value]) -> dict[str, Value]:
        """Return what the profile lets this appliance say: a wire without a checksum of its own carries nonsense now and then."""
        if self._instance is None:
            return said
        wrong = self._instance.faulty({name: value for name, value in said.items() if not name.startswith(HIDDEN)})
        return {name: value for name, value in said.items() if name not in wrong}

    def _estimated(self, said: Mapping[str, Value]) -> dict[str, Value]:
        return self._progress.follow(said) if PROGRESS in self._class.assumed else {}
