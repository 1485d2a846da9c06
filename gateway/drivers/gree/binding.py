"""How a unit is met: look whether it is the right one, then ask for its key.

Both go out of the same socket, because some units hand their key only to who has just scanned. Nobody keeps the key: the unit tells it
again each time it is asked. Units that answer a scan in version 1 may want to be bound in version 2, and none says what it wants: both are
tried in turn, beginning with the one the unit spoke last.
"""

import contextlib
from collections import OrderedDict
from weakref import WeakKeyDictionary

from gateway.drivers.gree.letter import SCAN, Letter, Tongue
from gateway.drivers.gree.programs import deaf
from gateway.drivers.gree.search import CARD
from gateway.drivers.parts.exchange import Exchange
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import Clock

PATIENCE = (0.6, 0.6, 1.2, 1.2)
"""Seconds to wait for each answer to `bind`, the two versions in turn."""
_SCANS = 2
_REMEMBERED = 1024


class Versions:
    """Which version each unit spoke last: it spares the first question at the next meeting, and nothing more."""

    def __init__(self) -> None:
        self._spoken: OrderedDict[str, int] = OrderedDict()

    def order(self, mac: str) -> tuple[int, int]:
        """Return the versions in the order to try."""
        return (2, 1) if self._spoken.get(mac) == 2 else (1, 2)  # noqa: PLR2004 - the versions are called so

    def note(self, mac: str, version: int) -> None:
        """Take note of what a unit spoke."""
        self._spoken[mac] = version
        while len(self._spoken) > _REMEMBERED:
            self._spoken.popitem(last=False)


_SPOKEN: WeakKeyDictionary[Clock, Versions] = WeakKeyDictionary()
"""What each running gateway, known by its clock, remembers; it goes with it."""


def versions_of(clock: Clock) -> Versions:
    """Return what the gateway with this clock remembers."""
    return _SPOKEN.setdefault(clock, Versions())


async def meet(talk: Exchange[Letter], tongue: Tongue, versions: Versions) -> Letter | None:
    """Learn the unit's key and version; return what it says of itself, None when it did not answer the scan. Raise Offline or TimedOut."""
    try:
        card = await _card(talk)
        if card is not None and card.version != 1:
            versions.note(tongue.mac, card.version)
        await _bind(talk, tongue, versions)
    except Offline as error:
        raise Offline(f"{error}: it has moved, or its program knows no LAN control (as {deaf()} do)") from error
    except TimedOut as error:
        raise TimedOut(_SILENT if card is None else _KEEPS_ITS_KEY) from error
    return card


async def _card(talk: Exchange[Letter]) -> Letter | None:
    with contextlib.suppress(TimedOut):
        return await talk.ask(lambda: SCAN, lambda letter: letter.kind == CARD, tries=_SCANS)
    return None


async def _bind(talk: Exchange[Letter], tongue: Tongue, versions: Versions) -> None:
    order = versions.order(tongue.mac)
    for turn, patience in enumerate(PATIENCE):
        with contextlib.suppress(TimedOut, WireError):
            tongue.learn(await _bound(talk, tongue, order[turn % 2], patience))
            versions.note(tongue.mac, tongue.version)
            return
    raise TimedOut


async def _bound(talk: Exchange[Letter], tongue: Tongue, version: int, patience: float) -> Letter:
    question = tongue.question({"t": "bind", "uid": 0}, shared_in=version)
    return await talk.ask(lambda: question, lambda letter: letter.kind == "bindok", tries=1, patience=patience)


_SILENT = "the unit answers neither a search nor a request for its key"
_KEEPS_ITS_KEY = (
    "the unit answers a search but does not hand out its key: set it up in the maker's app first; "
    "if it is set up, the program of its network module allows no control over the LAN"
)
