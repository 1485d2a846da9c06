"""Settings from what was written where: defaults, then the file, then the options of the command."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from gateway.app import Settings, check_loopback
from gateway.cli.kinds import broker_kind, discovery_mode
from gateway.discovery.manual import parse_manual
from gateway.discovery.rules import Rules
from gateway.drivers.table import names
from gateway.errors import ConfigurationInvalid
from gateway.faces.homeassistant.choice import Discovery as HomeAssistant
from gateway.protocol.interfaces import local_addresses
from gateway.protocol.mqtt import BrokerAddress
from gateway.scenes.rules.place import place_of


def merge(file: Mapping[str, Any], folder: Path, socket: Path, given: Mapping[str, Any]) -> Settings:
    """Return the settings; raise ConfigurationInvalid for what cannot be."""
    sections = ("mqtt", "coap", "discovery", "lan", "http", "home")
    mqtt, coap, discovery, lan, http, home = (dict(file.get(section) or {}) for section in sections)
    broker = _broker(mqtt | {name: value for name, value in given.items() if name in _BROKER_OPTIONS})
    address = mqtt.get("address", "127.0.0.1")
    coap_address = coap.get("address", "127.0.0.1")
    check_loopback(address, "MQTT address")
    check_loopback(coap_address, "CoAP address")
    http_address = given.get("http_host", http.get("address", "127.0.0.1"))
    check_loopback(http_address, "HTTP address")
    accept = tuple(given.get("accept") or discovery.get("accept", ()))
    appliances = tuple(discovery.get("appliances", ()))
    _check_discovery(accept, appliances)
    return Settings(
        data=folder,
        socket=socket,
        broker=broker,
        mqtt_host=address,
        mqtt_port=given.get("mqtt_port", mqtt.get("port", 1883)),
        private_kind=broker_kind(given.get("broker_kind")),
        mqtt_version=mqtt.get("version", "auto"),
        coap_host=coap_address,
        coap_port=given.get("coap_port", coap.get("port", 5683)),
        lan=lan_addresses(tuple(given.get("lan") or lan.get("addresses", ()))),
        mqtts_port=given.get("mqtts_port", lan.get("mqtts_port", 8883)),
        coaps_port=given.get("coaps_port", lan.get("coaps_port", 5684)),
        passwords_port=lan.get("passwords_port"),
        plain=lan_addresses(tuple(lan.get("plain") or ())),
        interfaces=looked_on(tuple(given.get("interfaces") or discovery.get("interfaces", ()))),
        accept=accept,
        manual=appliances,
        announce=discovery.get("announce", True),
        http_port=given.get("http_port", http.get("port")),
        http_host=http_address,
        https_port=http.get("https_port", 8443),
        http_names=tuple(name.lower() for name in http.get("names", ())),
        http_contacts=tuple(http.get("contacts", ())),
        pages=http.get("pages", True),
        notify_command=tuple(home.get("notify_command", ())),
        notify_webhook=home.get("notify_webhook", ""),
        line_limit=given.get("line_limit", home.get("line_limit")),
        place=place_of(home.get("timezone"), home.get("latitude"), home.get("longitude")),
        homeassistant=_homeassistant(dict(file.get("homeassistant") or {}), given.get("homeassistant")),
    )


def _homeassistant(section: Mapping[str, Any], asked: str | None) -> HomeAssistant:
    usual = HomeAssistant()
    return HomeAssistant(
        mode=discovery_mode(asked or section.get("discovery", usual.mode)),
        prefix=section.get("prefix", usual.prefix),
        language=section.get("language", usual.language),
    )


def _check_discovery(accept: tuple[str, ...], appliances: tuple[str, ...]) -> None:
    """Raise for rules and addresses that discovery would not understand, before anything is started."""
    Rules(accept)
    known = names()
    for appliance in parse_manual(appliances)[0]:
        if appliance.driver not in known:
            raise ConfigurationInvalid(
                f"{appliance.driver}://{appliance.where}: there is no driver {appliance.driver!r}, only {', '.join(known)}"
            )


_BROKER_OPTIONS = frozenset({"broker", "user", "password_file", "ca_file", "certificate_file", "key_file"})


def _broker(mqtt: Mapping[str, Any]) -> BrokerAddress | None:
    url = mqtt.get("broker")
    if url is None:
        extra = sorted(name for name in _BROKER_OPTIONS if mqtt.get(name))
        if extra:
            raise ConfigurationInvalid(f"{', '.join(extra)} only goes with a broker: name it with --broker mqtt://HOST:PORT")
        return None
    address = BrokerAddress.parse(url)
    if mqtt.get("user"):
        address = replace(address, username=mqtt["user"])
    if mqtt.get("password_file"):
        address = replace(address, password=_secret(Path(mqtt["password_file"])))
    authority, certificate, key = (_file(mqtt.get(name)) for name in ("ca_file", "certificate_file", "key_file"))
    if (authority or certificate or key) and not address.tls:
        raise ConfigurationInvalid("certificates only go with an encrypted broker address: mqtts://HOST:8883")
    return replace(address, authority=authority, certificate=certificate, key=key)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"the password file {path} cannot be read: {error}") from error


def _file(path: str | Path | None) -> Path | None:
    if path is not None and not Path(path).is_file():
        raise ConfigurationInvalid(f"{path} is not there")
    return None if path is None else Path(path)


AUTO = "auto"


def lan_addresses(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses to serve the LAN on; `auto` is every private address of this machine. Raise ConfigurationInvalid.

    A hub that starts before its network has none yet: that is no mistake (`gateway.cli.moving` waits for it).
    """
    here = local_addresses()
    outside = tuple(address for address in here if not address.startswith("127.") and ip_address(address).is_private)
    wanted = tuple(dict.fromkeys(each for address in asked for each in (outside if address == AUTO else (address,))))
    _check_ours(wanted, here)
    return wanted


def _check_ours(wanted: tuple[str, ...], here: tuple[str, ...]) -> None:
    unknown = [address for address in wanted if address not in here and not address.startswith("127.")]
    if unknown:
        raise ConfigurationInvalid(f"{', '.join(unknown)} is no address of this machine; it has {', '.join(here)}")


def looked_on(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses to look for appliances on: those asked for, or all but loopback. Raise ConfigurationInvalid."""
    here = local_addresses()
    _check_ours(asked, here)
    return asked or tuple(address for address in here if not address.startswith("127.")) or ("127.0.0.1",)
