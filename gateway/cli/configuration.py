"""The configuration file of `hulian run`: TOML, checked at the edge; environment variables HULIAN_* win over it.

README.md shows a whole file. Sections: `mqtt` (broker, user, password_file, ca_file, certificate_file, key_file, address,
port, version), `coap` (address, port), `lan` (addresses, mqtts_port, coaps_port, passwords_port, plain), `discovery`
(interfaces, accept, appliances, announce), `http` (port, address, https_port, names, contacts,
pages), `homeassistant` (discovery, prefix, language).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.errors import ConfigurationInvalid


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MqttSection(_Section):
    """Where MQTT is: an existing broker, or the private one's address."""

    broker: str | None = None
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    address: str = "127.0.0.1"
    port: int = Field(default=1883, ge=0, le=65535)
    version: str = Field(default="auto", pattern=r"^(5|3\.1\.1|auto)$")


class CoapSection(_Section):
    """Where CoAP is served."""

    address: str = "127.0.0.1"
    port: int = Field(default=5683, ge=0, le=65535)


class LanSection(_Section):
    """On which addresses those who were let in are served, under their keys; `auto` is all of this machine's.

    For appliances that cannot do certificates: `passwords_port`, on which they come in with TLS and a password, and `plain`,
    addresses of this machine where they come in with a password and no TLS. That is a risk.
    """

    addresses: tuple[str, ...] = ()
    passwords_port: int | None = Field(default=None, ge=0, le=65535)
    plain: tuple[str, ...] = ()
    mqtts_port: int = Field(default=8883, ge=0, le=65535)
    coaps_port: int = Field(default=5684, ge=0, le=65535)


class HttpSection(_Section):
    """Where the pages and the HTTP API are: off without a `port`; on the addresses of [lan] under TLS on `https_port`.

    `names`: more host names they may be asked under, such as that of a tunnel. `contacts`: who hears of a hole (`mailto:`, `https:`,
    `tel:`), for security.txt.
    """

    port: int | None = Field(default=None, ge=0, le=65535)
    address: str = "127.0.0.1"
    https_port: int = Field(default=8443, ge=0, le=65535)
    names: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    pages: bool = True


class DiscoverySection(_Section):
    """Where to look for appliances, and which to take in without asking."""

    interfaces: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    appliances: tuple[str, ...] = ()
    announce: bool = True


class HomeAssistantSection(_Section):
    """What Home Assistant is told: `device` for 2024.12 and newer, `entity` for older ones and openHAB."""

    discovery: str = Field(default="off", pattern=r"^(off|device|entity)$")
    prefix: str = Field(default="homeassistant", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    language: str = Field(default="en", pattern=r"^(en|zh-Hans)$")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


class HomeSection(BaseModel):
    """What scenes need to know of the home.

    `notify-command`: the program, with its arguments, that is given each alert as a line of JSON on its standard input; it is run without
    a shell. `notify-webhook`: the address that is sent it by POST; one in the home needs no internet.
    `line-limit`: watts that the line of the home bears: what a scene does in turn stays under it.
    `latitude` and `longitude`: where the home is, in degrees, north and east positive: for sunrise and sunset. `timezone`: whose time it
    keeps, an IANA name such as Asia/Shanghai; the machine's own where it is not said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_dashed, populate_by_name=True)

    notify_command: tuple[str, ...] = ()
    notify_webhook: str = ""
    line_limit: float | None = Field(default=None, gt=0, le=1_000_000)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    timezone: str | None = None


class Configuration(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="HULIAN_", env_nested_delimiter="__")

    mqtt: MqttSection = MqttSection()
    coap: CoapSection = CoapSection()
    lan: LanSection = LanSection()
    discovery: DiscoverySection = DiscoverySection()
    http: HttpSection = HttpSection()
    homeassistant: HomeAssistantSection = HomeAssistantSection()
    home: HomeSection = HomeSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library names it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        return env_settings, init_settings


def read_configuration(path: Path | None) -> Configuration:
    """Return the configuration of `path` (None: only the environment); raise ConfigurationInvalid with every mistake."""
    try:
        return Configuration(**_document(path))
    except ValidationError as error:
        source = str(path) if path else "environment"
        mistakes = "\n".join(f"  {'.'.join(map(str, mistake['loc']))}: {_words(mistake)}" for mistake in error.errors())
        raise ConfigurationInvalid(f"{source} has mistakes:\n{mistakes}") from error


def _words(mistake: Mapping[str, Any]) -> str:
    return "there is no such setting" if mistake["type"] == "extra_forbidden" else str(mistake["msg"])


def _document(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"{path} is not TOML: {error}") from error
