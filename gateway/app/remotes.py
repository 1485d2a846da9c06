"""Appliances without a network behind infrared transmitters: which session carries them, and which codes are known."""

from typing import Any

from gateway.drivers.parts.virtual.library import kinds, names, sheet
from gateway.drivers.spi import Remote
from gateway.drivers.supervisor.carried import Carried
from gateway.home.home import Home


def speaker(home: Home, device: str) -> Remote | None:
    """Return the transmitter that carries a device, itself or one it speaks for; None for any other, and while it is away."""
    session = home.twin(device).session if device in home.devices() else None
    return session.remote() if isinstance(session, Carried) else None


def speaks_for(home: Home, device: str) -> Remote | None:
    """Return the transmitter that speaks for a device, None for one that speaks for itself, a transmitter too."""
    remote = speaker(home, device)
    return remote if remote is not None and any(thing["id"] == device for thing in remote.things()) else None


def known_codes() -> dict[str, Any]:
    """Return the code sets there are, and the kinds whose codes can be learned."""
    sets = [{"name": name, "kind": sheet(name)["kind"], "title": sheet(name)["title"]} for name in names()]
    return {"kinds": list(kinds()), "codes": sets}
