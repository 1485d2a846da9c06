"""A later true reading of what nothing tells: the power of the plug an assumed appliance hangs on.

Behind an infrared remote an appliance is what was sent last, quality `assumed`. Where a plug that measures feeds it, power tells whether it
is on: after a time to settle, what was measured takes the place of what was sent, quality `good`; where the two contradict each other the
measured is shown, and said. Without the plug, or the link, it is assumed again. What an appliance says of itself is never touched.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from gateway.home.links.clue import POWER, Clue, Finding, clues
from gateway.home.links.links import Links
from gateway.home.links.relation import FEEDS
from gateway.home.registry import Registry
from gateway.home.twin import Twin
from gateway.thing.clock import Clock
from gateway.thing.description import Locality
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.value import Quality, Value

_log = Log()

DRAW = "powerDraw"


@runtime_checkable
class Believer(Protocol):
    """A session that takes a true reading, so that it knows where to start from: a key that turns power over needs that."""

    def believe(self, device: str, values: Mapping[str, Value]) -> bool:
        """Take true values of a device until something is sent to it; return whether it says anything of one of ours."""
        ...


@dataclass(slots=True)
class Witness:
    """What is known of one appliance by its plug.

    `on`, `watts`: the present verdict (None: none) and the power it rests on; `since`: monotonic second from which it must settle.
    `sent`: what the appliance is assumed to be, as last reported; `found`: what is shown instead. `doubted`: the contradiction was said.
    """

    clue: Clue
    plug: str
    since: float
    on: bool | None = None
    watts: float = 0.0
    sent: dict[str, Value] = field(default_factory=dict)
    found: dict[str, tuple[Value, Quality]] = field(default_factory=dict)
    doubted: bool = False


class Evidence:
    """One witness for each appliance that is assumed and hangs on a plug. `show(twin, report)`: take this into the twin."""

    def __init__(self, links: Links, registry: Registry, clock: Clock, show: Callable[[Twin, Report], None]) -> None:
        self._links = links
        self._registry = registry
        self._clock = clock
        self._show = show
        self._clues: Mapping[str, Clue] | None = None
        self._witnesses: dict[str, Witness] = {}
        self._assumed: dict[str, dict[str, Value]] = {}
        self._believed: dict[str, set[str]] = {}

    async def prepare(self) -> None:
        """Read the table the first time an appliance hangs on a plug."""
        if self._clues is None and any(tie.relation is FEEDS for tie in self._links.graph):
            self._clues = await asyncio.to_thread(clues)
            self.follow({tie.target for tie in self._links.graph if tie.relation is FEEDS})

    def follow(self, devices: Iterable[str]) -> None:
        """Take note that links of these devices came or went."""
        for device in devices:
            twin, plug = self._registry.get(device), self._links.feeder(device)
            clue = self._clues.get(twin.description.kind) if twin is not None and self._clues is not None else None
            witness = self._witnesses.get(device)
            if witness is not None and (plug, clue) != (witness.plug, witness.clue):
                del self._witnesses[device]
                self._withdraw(device, witness)
            if clue is not None and plug is not None and device not in self._witnesses:
                sent = self._assumed.get(device, {})
                self._witnesses[device] = Witness(clue, plug, self._clock.monotonic(), sent=dict(sent))

    def forget(self, device: str) -> None:
        """Know nothing more about a device."""
        self._witnesses.pop(device, None)
        self._assumed.pop(device, None)
        self._believed.pop(device, None)

    def lay(self, twin: Twin, report: Report) -> Report:
        """Return a report of an appliance with what is measured in the place of what is assumed."""
        device = twin.id
        known = device in self._witnesses or device in self._assumed or device in self._believed
        if not (known or report.quality):
            return report  # the usual: a device that tells what it does
        report = self._tempered(device, report)
        assumed = {
            name: report.values[name] for name, grade in report.quality.items() if grade is Quality.ASSUMED and name in report.values
        }
        if not (known or assumed):
            return report
        self._note(twin, report, assumed)
        witness = self._witnesses.get(device)
        if witness is None:
            return report
        self._hear(witness, assumed)
        found = {name: value for name, value in witness.found.items() if name in assumed or (report.complete and name not in report.values)}
        if not found:
            return report
        values = {name: value for name, (value, _) in found.items()}
        grades = {name: grade for name, (_, grade) in found.items()}
        return replace(report, values={**report.values, **values}, quality={**report.quality, **grades})

    def sending(self, twin: Twin, awaited: Mapping[str, Value]) -> None:
        """Let what is about to be sent count until it had its time: it may be what was sent before, and the unit not say it again."""
        witness = self._witnesses.get(twin.id)
        if witness is not None and POWER in awaited and self._open(twin, POWER):
            self._withdraw(twin.id, witness)
            self._wait(witness)

    def tick(self) -> None:
        """Look at every witness again: verdicts settle, plugs go."""
        for device, witness in self._witnesses.items():
            twin = self._registry.get(device)
            if twin is not None:
                self._look(twin, witness)

    def words(self, device: str) -> str:
        """Return what the plug of a device proves at the moment, for people; "" when nothing."""
        witness = self._witnesses.get(device)
        if witness is None or POWER not in witness.found:
            return ""
        on, sent = witness.found[POWER][0], witness.sent.get(POWER)
        told = f", though {_word(sent)} was sent" if sent is not None and sent != on else ""
        return f"measured: {witness.watts:g} W, so it is {_word(on)}{told}"

    def _tempered(self, device: str, report: Report) -> Report:
        """Return a report in which what a session has from us is as good as it is to us at the moment."""
        believed = self._believed.get(device)
        if not believed:
            return report
        believed -= {name for name, grade in report.quality.items() if grade is Quality.ASSUMED}
        witness = self._witnesses.get(device)
        found = witness.found if witness is not None else {}
        doubtful = {name: Quality.ASSUMED for name in believed if name in report.values and name not in found}
        return replace(report, quality={**report.quality, **doubtful}) if doubtful else report

    def _believe(self, twin: Twin, found: Finding) -> None:
        """Tell the session that speaks for it what is measured."""
        true = {name: value for name, (value, grade) in found.items() if grade is Quality.GOOD}
        session = getattr(twin.session, "unit", twin.session)
        if isinstance(session, Believer) and session.believe(twin.id, true):
            self._believed.setdefault(twin.id, set()).update(true)

    def _note(self, twin: Twin, report: Report, assumed: Mapping[str, Value]) -> None:
        """Remember what is assumed of what a clue may be about, and forget what the appliance knows itself by now."""
        mine = self._assumed.setdefault(twin.id, {})
        for name in report.values:
            if name in assumed:
                mine[name] = assumed[name]
            else:
                mine.pop(name, None)

    def _hear(self, witness: Witness, assumed: Mapping[str, Value]) -> None:
        """Let what was just sent show for a while: the appliance needs its time to obey."""
        if POWER in assumed and witness.sent.get(POWER) != assumed[POWER]:
            self._wait(witness)
        witness.sent |= {name: assumed[name] for name in witness.clue.names if name in assumed}

    def _wait(self, witness: Witness) -> None:
        witness.since = self._clock.monotonic()
        witness.found = {}
        witness.doubted = False

    def _look(self, twin: Twin, witness: Witness) -> None:
        now = self._clock.monotonic()
        on, watts = self._measured(witness)
        if on != witness.on:
            witness.on, witness.since = on, now
        witness.watts = watts
        if on is None:
            if witness.found:
                self._withdraw(twin.id, witness)
            return
        if now - witness.since < witness.clue.settle(on=on):
            return
        self._settle(twin, witness, witness.clue.finding(watts, on=on, state=twin.values))

    def _settle(self, twin: Twin, witness: Witness, finding: Finding) -> None:
        """Show what is concluded, of what is only assumed."""
        guessed = self._links.made(twin.id)
        found = {name: (value, Quality.ASSUMED if guessed else grade) for name, (value, grade) in finding.items() if self._open(twin, name)}
        if found == witness.found:
            return
        witness.found = found
        values = {name: value for name, (value, _) in found.items()}
        self._show(twin, Report(device=twin.id, values=values, quality={name: grade for name, (_, grade) in found.items()}))
        self._believe(twin, found)
        sent = witness.sent.get(POWER)
        if POWER in found and sent is not None and sent != values[POWER] and not witness.doubted:
            witness.doubted = True
            told = {"device": twin.id, "plug": witness.plug, "watts": witness.watts, "sent": _word(sent), "measured": _word(values[POWER])}
            _log.warning("an appliance is not what it was told to be", **told)

    def _open(self, twin: Twin, name: str) -> bool:
        """Return whether a property may be concluded: the appliance does not tell it itself."""
        if name not in twin.instance.properties:
            return False
        return name in self._assumed.get(twin.id, {}) or twin.description.locality is Locality.ASSUMED

    def _measured(self, witness: Witness) -> tuple[bool | None, float]:
        """Return whether the plug's power says that the appliance is on, and the power in watts."""
        plug = self._registry.get(witness.plug)
        if plug is None:
            return None, 0.0  # of one that is away nothing is good either
        if plug.values.get(POWER) is False and POWER not in plug.quality:
            return False, 0.0
        watts = plug.values.get(DRAW)
        if DRAW in plug.quality or not isinstance(watts, int | float):
            return None, 0.0
        return witness.clue.verdict(float(watts), witness.on), float(watts)

    def _withdraw(self, device: str, witness: Witness) -> None:
        """Let what was sent count again, and where nothing was, doubt what was measured."""
        twin, found = self._registry.get(device), witness.found
        witness.found = {}
        if twin is None or not found:
            return
        believed = self._believed.get(device, set())
        values = {name: value if name in believed else witness.sent.get(name, value) for name, (value, _) in found.items()}
        self._show(twin, Report(device=device, values=values, quality=dict.fromkeys(values, Quality.ASSUMED)))


def _word(on: Value) -> str:
    return "on" if on else "off"
