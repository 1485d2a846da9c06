"""The discovery doctor: what was asked where, who answered, and why an answer was not used.

`report()` is plain data, one dict a place (a local interface address, a host that was asked directly, `broker`), for a
command line to print. Everything in it is bounded and counted, so a storm of answers costs no memory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.thing.clock import Clock

BROKER = "broker"
_PLACES = 64
_LINES = 64
_PATIENCE = 20.0


@dataclass(slots=True)
class _Line:
    first: float
    last: float
    times: int = 1
    outcome: str = ""


@dataclass(slots=True)
class _Record:
    asked: dict[str, _Line] = field(default_factory=dict)
    answered: dict[str, _Line] = field(default_factory=dict)
    dropped: dict[tuple[str, str], _Line] = field(default_factory=dict)
    trouble: str = ""


class Doctor:
    """Keeps the book; every method is cheap and may be called from anywhere on the loop."""

    def __init__(self, clock: Clock, listens: Iterable[tuple[str, str]] = ()) -> None:
        self._clock = clock
        self._listens = tuple(listens)
        self._records: dict[str, _Record] = {}

    def asked(self, where: str, what: str) -> None:
        """Note a question that went out."""
        self._count(self._record(where).asked, what)

    def answered(self, where: str, who: str, outcome: str) -> None:
        """Note that `who` was heard and what became of it: new, known, ignored, ..."""
        line = self._count(self._record(where).answered, who)
        if line is not None:
            line.outcome = outcome

    def dropped(self, where: str, who: str, why: str) -> None:
        """Note an answer that was not used, and why."""
        self._count(self._record(where).dropped, (who[:128], why[:256]))

    def trouble(self, where: str, why: str) -> None:
        """Note that nothing can be asked there at all; an empty text says that it can again."""
        self._record(where).trouble = why

    def report(self, interfaces: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return one dict for each present interface and each other place that was asked or heard."""
        present = tuple(interfaces)
        places = [*present, *(where for where in self._records if where not in present)]
        return [self._place(where, self._records.get(where, _Record()), present=where in present) for where in places]

    def _place(self, where: str, record: _Record, *, present: bool) -> dict[str, Any]:
        return {
            "where": where,
            "kind": "interface" if present else BROKER if where == BROKER else "host",
            "asked": [{"what": what, **_times(line)} for what, line in record.asked.items()],
            "answered": [{"who": who, "outcome": line.outcome, **_times(line)} for who, line in record.answered.items()],
            "dropped": [{"who": who, "why": why, **_times(line)} for (who, why), line in record.dropped.items()],
            "listens": [{"driver": driver, "socket": socket} for driver, socket in self._listens] if present else [],
            "trouble": record.trouble,
            "advice": self._advice(record),
        }

    def _advice(self, record: _Record) -> str:
        if record.trouble or record.answered:
            return ""
        first = min((line.first for line in record.asked.values()), default=self._clock.now())
        if self._clock.now() - first < _PATIENCE:
            return ""
        if record.dropped:
            return "something answered, but nothing that could be used: see why each answer was dropped"
        return (
            "nothing answered here: the appliances may be in another network, or the Wi-Fi holds back multicast and broadcast; "
            "name an address (driver://host) to ask it directly"
        )

    def _record(self, where: str) -> _Record:
        record = self._records.get(where)
        if record is None:
            if len(self._records) >= _PLACES:
                where = "elsewhere"
            record = self._records.setdefault(where, _Record())
        return record

    def _count(self, lines: dict[Any, _Line], name: Any) -> _Line | None:
        now = self._clock.now()
        line = lines.get(name)
        if line is None:
            if len(lines) >= _LINES:
                del lines[min(lines, key=lambda other: lines[other].last)]
            line = lines[name] = _Line(now, now)
        else:
            line.last, line.times = now, line.times + 1
        return line


def _times(line: _Line) -> Mapping[str, Any]:
    return {"first": line.first, "last": line.last, "times": line.times}
