"""What a gateway is told at start, and what of it is checked before anything is opened."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationInvalid, SetupError
from gateway.faces.homeassistant.choice import Discovery as HomeAssistant
from gateway.protocol.broker.private import Kind
from gateway.protocol.mqtt import BrokerAddress
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.scenes.rules.place import Place, here

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a gateway is told at start.

    `data`: its folder. `socket`: the control socket. `broker`: an existing one; None starts a private child on
    `mqtt_host:mqtt_port`. Port 0 takes any free one. `lan`: addresses of this machine on which those who were let in are served
    too, under their keys: MQTT over TLS on `mqtts_port`, CoAP with OSCORE on `coap_port`, over DTLS on `coaps_port`.
    `passwords_port`: MQTT over TLS on `lan` for appliances with a password, None: not at all; `plain`: addresses of this machine
    with the same without TLS, on `mqtt_port`: a risk. `interfaces`: local addresses discovery listens and asks on.
    `private_kind`: mosquitto or amqtt; None: mosquitto if it is installed. `accept`: rules for automatic acceptance. `manual`:
    appliances named by hand. `version`: the MQTT version spoken. `homeassistant`: which discovery messages are published.
    `notify_command`: a program, with its arguments, and `notify_webhook`: an address, which are told of alerts.
    `line_limit`: watts that the line of the home bears, None: what a meter or breaker of the home says.
    `place`: where the home is, for the sun, and whose time it keeps: the machine's own where nobody says otherwise.
    `demo`: loopback stays open without keys whatever happens. `http_port`: of the API and the pages on `http_host`, None: off;
    `https_port`: of both on `lan`; `http_names`: more names they may be asked under; `http_contacts`: who hears of a hole
    (security.txt); `pages`: whether there are any.
    """

    data: Path
    socket: Path
    broker: BrokerAddress | None = None
    private_kind: Kind | None = None
    mqtt_host: str = LOOPBACK
    mqtt_port: int = 1883
    mqtt_version: MqttVersion = "auto"
    coap_host: str = LOOPBACK
    coap_port: int = 5683
    lan: tuple[str, ...] = ()
    mqtts_port: int = 8883
    coaps_port: int = 5684
    passwords_port: int | None = None
    plain: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = (LOOPBACK,)
    accept: tuple[str, ...] = ()
    manual: tuple[str | Mapping[str, Any], ...] = ()
    announce: bool = True
    notify_command: tuple[str, ...] = ()
    notify_webhook: str = ""
    line_limit: float | None = None
    place: Place = field(default_factory=here)
    homeassistant: HomeAssistant = HomeAssistant()  # noqa: RUF009 - it is frozen
    demo: bool = False
    http_port: int | None = None
    http_host: str = LOOPBACK
    https_port: int = 8443
    http_names: tuple[str, ...] = ()
    http_contacts: tuple[str, ...] = ()
    pages: bool = True


def check_loopback(host: str, what: str) -> None:
    """Raise ConfigurationInvalid unless `host` is a loopback address: what is open without keys stays on this machine."""
    try:
        address = ipaddress.ip_address(LOOPBACK if host == "localhost" else host)
    except ValueError as error:
        raise ConfigurationInvalid(f"{what}: {host!r} is not an IP address; use {LOOPBACK}") from error
    if not address.is_loopback:
        raise ConfigurationInvalid(
            f"{what}: {host} is not a loopback address, and this port asks nobody for a key. "
            f"To serve those who were let in on the LAN, use --lan {host} (or `addresses` in the section [lan])"
        )


def make_folder(data: Path) -> None:
    """Make the data folder, for its owner only; raise SetupError when it cannot be one."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SetupError(f"{data} cannot be the data folder: {error.strerror}. Choose another with --data") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise SetupError(f"{data} cannot be written to: choose another data folder with --data, or start as the user it belongs to")
