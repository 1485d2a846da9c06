"""One appliance to simulate, as the command line or a home file says it: a plain record, checked before anything is opened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

from firmware_sim.badge import Badge, read_badge
from firmware_sim.credentials import Credentials, oscore_folder, read_credentials
from firmware_sim.profile import locate
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import ON_BROKER, WIRES


@dataclass(frozen=True, kw_only=True)
class UnitPlan:
    """One appliance to simulate; names as in a home file.

    `address` None: a home gives one out. `broker`: where it speaks MQTT; `credentials`: the folder it was given when it was paired: its
    keys, and where the broker is. `settings`: what it is set to when it is new; `made`: as what it was built. `feeds`: the unit that is
    plugged in here. `via`: the infrared remote that speaks for it. `part_of`: the composite it belongs to. `profiles`: folders with kinds
    beside the standard's. `claims`: files with its certificates; `device_key`: the key they are bound to. `parts`: `none` where the parts
    of a composite stand in the home file themselves, each with its `part_of`. `narrowed`, `added`: terms by property, and affordances, in
    which this unit differs from its kind; `readings`: what it is set to, and shows where its physics has nothing to say, as far as it fits;
    `doubts`: qualities by property. `unsaid`: what it says nothing of until it is written.
    """

    kind: str
    wire: str
    address: str | None = "127.0.0.1"
    port: int | None = None
    id: str | None = None
    seed: int | None = 0
    features: tuple[str, ...] | None = None
    title: str | None = None
    room: str | None = None
    broker: str | None = None
    credentials: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    feeds: str | None = None
    via: str | None = None
    part_of: str | None = None
    parts: str | None = None
    narrowed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    added: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    readings: Mapping[str, Any] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()
    profiles: tuple[Path, ...] = ()
    claims: tuple[Path, ...] = ()
    device_key: Path | None = None

    @property
    def badge(self) -> Badge | None:
        """Return the certificates it carries, None when there are none; SetupMistake for files that cannot be used."""
        return read_badge(self.claims, self.device_key)

    @property
    def leaves_after(self) -> float | None:
        """After how many seconds without the internet the unit leaves the network (`facts: {leaves: 9000}`); None: never."""
        seconds = self.facts.get("leaves")
        return None if seconds is None else float(seconds)

    def __post_init__(self) -> None:
        """Refuse what cannot work, saying what would."""
        locate(self.kind, self.profiles)
        if self.wire not in WIRES:
            raise SetupMistake(f"no wire {self.wire!r}; there are {', '.join(WIRES)}")
        if self.id is not None and (not re.fullmatch(r"[a-z0-9-]{1,64}", self.id) or self.id == "c"):
            raise SetupMistake(f"{self.id!r} cannot be a device id: use 1 to 64 of a-z, 0-9 and '-'")
        try:
            IPv4Address(self.address or "127.0.0.1")
        except AddressValueError:
            raise SetupMistake(f"{self.address!r} is no IPv4 address such as 127.0.0.2") from None
        leaves = self.facts.get("leaves")
        if leaves is not None and (isinstance(leaves, bool) or not isinstance(leaves, int | float) or leaves < 0):
            raise SetupMistake(f"facts: `leaves` is for how many seconds it stays without the internet, not {leaves!r}")
        if self.credentials is not None and "native_coap" in WIRES[self.wire]:
            oscore_folder(self.credentials)
        if self.credentials is not None and "native_mqtt" in WIRES[self.wire]:
            self._take(read_credentials(self.credentials))
        if ON_BROKER & set(WIRES[self.wire]) and self.broker is None:
            raise SetupMistake(f"{self.id or self.kind} speaks MQTT: name the broker with --broker mqtt://127.0.0.1:1883")

    def _take(self, known: Credentials) -> None:
        """Be who the credentials are for, and speak where they say; SetupMistake for an id the hub would not listen to."""
        if known.device is not None and self.id not in (None, known.device):
            raise SetupMistake(
                f"{known.folder} lets in {known.device}, not {self.id}: leave the id out, or pair {self.id} with keys of its own"
            )
        object.__setattr__(self, "id", self.id or known.device)
        object.__setattr__(self, "broker", self.broker or known.broker)
