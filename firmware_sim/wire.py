"""What every wire looks like to the unit that owns it, and the table of wires, imported when first used.

A module of `wires/` has a class `Wire`, built as `Wire(appliance, network, options)` and used as `async with`. Entering binds or connects
and returns when the wire answers; OSError (port in use, no such address) passes through. Leaving closes everything, with a goodbye only if
`network.goodbye`. A wire lives through silence (`network.mute`), but not through a power cut or a new address: the unit closes it and opens
a fresh one when power is back. The modules of one unit are opened in the order of the table, so a later one finds `options.coap_port` set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake

WIRES: dict[str, tuple[str, ...]] = {
    "native": ("native_coap", "native_mqtt", "announce"),
    "native-coap": ("native_coap", "announce"),
    "native-coap-unannounced": ("native_coap",),
    "native-mqtt": ("native_mqtt",),
    "midea-v2": ("midea_v2",),
    "gree": ("gree_lan",),
    "midea-v3": ("midea_v3",),
    "miio": ("miio_lan",),
    "miio-mdns": ("miio_lan", "miio_mdns"),
    "echonet": ("echonet_lite",),
    "daikin": ("daikin_lan",),
    "mqttdiscovery": ("mqttdiscovery_unit",),
    "esphome": ("esphome_api",),
    "esphome-mdns": ("esphome_api", "esphome_mdns"),
    "androidtv": ("androidtv_remote",),
    "androidtv-mdns": ("androidtv_remote", "androidtv_mdns"),
    "dlna": ("dlna_renderer",),
    "broadlink": ("broadlink_lan",),
    "zigbee2mqtt": ("zigbee2mqtt_bridge",),
    "ir": (),
}
"""Name on the command line and in home files -> modules of `wires/`, in the order they are opened."""
ON_BROKER = frozenset({"native_mqtt", "zigbee2mqtt_bridge", "mqttdiscovery_unit"})
"""Modules that call a broker and can do nothing without one."""


@dataclass(frozen=True, kw_only=True)
class WireOptions:
    """What a wire is told besides the appliance and the network."""

    modules: tuple[str, ...] = ()
    """All modules of this unit's wire, so that a Thing Description can name both transports."""
    broker: str | None = None
    """`mqtt://host:port` or `mqtts://host:port` of the broker a native appliance reports to."""
    credentials: Path | None = None
    """Folder with the certificate it shows to that broker, and the key it wants to see on CoAP (see `credentials`)."""
    port: int | None = None
    """Listen here instead of the wire's own port; 0 = any free one."""
    coap_port: int | None = None
    """Where the unit's CoAP wire listens, once it does."""
    interfaces: tuple[str, ...] = ("127.0.0.1",)
    """Addresses of the interfaces to announce on."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What only one wire needs (a vendor's device number, its serial number); a wire makes up what is missing from the appliance's id."""


class Wire(Protocol):
    """A running wire."""

    @property
    def port(self) -> int | None:
        """The port it listens on, None when it only calls out."""
        ...

    async def __aenter__(self) -> Self:
        """Bind or connect; return once it answers."""
        ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close everything that entering opened."""
        ...


class WireFactory(Protocol):
    """The class `Wire` of a module in `wires/`."""

    def __call__(self, appliance: Appliance, network: Network, options: WireOptions) -> Wire:
        """Store what is given; nothing is opened yet."""
        ...


def wire_factory(module: str) -> WireFactory:
    """Import `wires/<module>.py` and return its class `Wire`; SetupMistake when a library it needs is not installed."""
    try:
        return cast("WireFactory", import_module(f"firmware_sim.wires.{module}").Wire)
    except ModuleNotFoundError as error:
        raise SetupMistake(f"the wire {module} needs {error.name}, which is not installed: pip install 'hulian[all]'") from error
