"""What the hub and its devices say of the mains: one cut is one cut, however many tell of it.

The hub knows its own: it ended without a word, and its machine has been started since. That a program was killed is no cut.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gateway.home.twin import Twin
from gateway.scenes.house import believed
from gateway.scenes.rules.rule import Mains, OfMains
from gateway.scenes.rules.said import said
from gateway.scenes.rules.standing import Cause, Standing

MACHINE: Final = Path("/proc/sys/kernel/random/boot_id")
PROPERTY: Final = "mains"
EVENT: Final = "powerRestored"
ONE_CUT: Final = 300.0
"""Seconds after a firing in which others who tell of the mains tell of the same."""
_SHOWN: Final = {Mains.SAGGING: "sag", Mains.INTERRUPTED: "interrupted"}


def machine_boot() -> str:
    """Return what tells this start of the machine from every other one, "" where it does not say."""
    try:
        return MACHINE.read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the hub. `clean`: it ended by itself; `cut`: it began after a cut that no trigger has been told of yet."""

    number: int = 0
    machine: str = ""
    clean: bool = True
    cut: bool = False

    def next(self, machine: str) -> "Life":
        """Return the life after this one."""
        cut = not self.clean and (machine != self.machine or not machine)
        return Life(self.number + 1, machine, clean=False, cut=cut or self.cut)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def cut_cause(life: Life, now: float) -> Cause:
    """Return why a trigger fires after the hub itself was cut off."""
    return Cause(said("cut"), now, f"life {life.number}")


def told(standing: Standing, trigger: OfMains, twin: Twin, now: float) -> Cause | None:
    """Return why it fires by what a device shows, None where it does not."""
    value = believed(twin, (PROPERTY,)).get(PROPERTY)
    if trigger.mains is Mains.RESTORED:
        return _back(standing, twin, value, now)
    if value is None:  # it is not heard any more, and speaks for nobody
        if twin.id in standing.armed:
            standing.arm(twin.id, armed=True)
        return None
    said_so = value == _SHOWN[trigger.mains]
    if twin.id not in standing.armed:
        standing.arm(twin.id, armed=not said_so)
        return None
    may = all(standing.armed.values())  # one who says it speaks for the home
    if said_so and may:
        standing.arm(twin.id, armed=False)
        return _cause(twin, value, now)
    standing.arm(twin.id, armed=not said_so)
    return None


def _back(standing: Standing, twin: Twin, value: object, now: float) -> Cause | None:
    """Return why it fires once the mains of a device are back that were gone: then it is armed."""
    if value == "interrupted":
        standing.arm(twin.id, armed=True)
    elif value == "normal" and standing.armed.get(twin.id):
        standing.arm(twin.id, armed=False)
        return _cause(twin, value, now)
    return None


def raised(standing: Standing, twin: Twin, now: float) -> Cause:
    """Return why it fires by the event of a device that says power is back."""
    standing.arm(twin.id, armed=False)
    return _cause(twin, "restored", now)


def same_cut(standing: Standing, now: float, monotonic: float) -> bool:
    """Return whether what is told now was told, and fired, already."""
    if standing.fired_from is not None:
        return monotonic - standing.fired_from < ONE_CUT
    return standing.fired is not None and 0 <= now - standing.fired["at"] < ONE_CUT


def _cause(twin: Twin, value: object, now: float) -> Cause:
    return Cause(said("mains", device=twin.name, mains=value), now, more={"device": twin.id, "name": PROPERTY, "value": value})
