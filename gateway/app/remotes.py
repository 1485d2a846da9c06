"""Appliances without a network behind infrared transmitters: which transmitter carries them, and which codes are known."""

from typing import Any

from gateway.drivers.spi import Remote
from gateway.drivers.supervisor import Supervisor


def speaks_for(supervisor: Supervisor, device: str) -> Remote | None:
    """Return the transmitter that speaks for a device, None for one that speaks for itself, a transmitter too."""
    remote = supervisor.remote(device)
    return remote if remote is not None and any(thing["id"] == device for thing in remote.things()) else None


def known_codes() -> dict[str, Any]:
    """Return the code sets there are, and the kinds whose codes can be learned."""
    from gateway.drivers.parts.virtual.library import kinds, names, sheet  # noqa: PLC0415 - for whoever asks

    sets = [{"name": name, "kind": sheet(name)["kind"], "title": sheet(name)["title"]} for name in names()]
    return {"kinds": list(kinds()), "codes": sets}
