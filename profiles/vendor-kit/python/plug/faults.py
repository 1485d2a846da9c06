"""What can be wrong with a plug: the common codes (`reference/faults-1.yaml`), with the maker's own beside each."""

from typing import NamedTuple


class Known(NamedTuple):
    """One row: our own code, how bad it is, which part it is, and whether somebody has to reset it."""

    own: str
    severity: str
    component: str
    latched: bool = False


OVERLOAD, UNKNOWN = "MAINS.OVERLOAD", "VENDOR.UNKNOWN"
KNOWN = {
    OVERLOAD: Known("E-01", "critical", "relay", latched=True),
    "THERMAL.PLUG-HOT": Known("E-02", "critical", "contacts", latched=True),
    "SAFETY.RELAY-WELDED": Known("E-03", "critical", "relay", latched=True),
    "MAINS.UNDERVOLTAGE": Known("E-04", "warning", "supply"),
    "MAINS.OVERVOLTAGE": Known("E-05", "error", "supply"),
    "SOFTWARE.RESTARTED": Known("E-06", "info", "controller"),
    "LIFE.TERM-OVER": Known("E-07", "warning", "appliance", latched=True),
}
