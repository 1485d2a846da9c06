"""`hulian run`: the gateway of a real home."""

import os
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.handover import hand_over
from gateway.cli.options import options
from gateway.cli.places import home_folder, socket_path

config = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="The configuration file of `hulian run`.")
Config = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A TOML file; `hulian config check` explains mistakes.")]

HttpPort = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Serve the pages and the HTTP API on it; 0 takes any free one. Default: off.")
]
Lan = Annotated[
    list[str] | None, typer.Option(help="Serve those who were let in on this address of the machine; auto: on all; repeat for more.")
]
HomeAssistant = Annotated[str | None, typer.Option(help="Discovery for Home Assistant: device (2024.12 and newer), entity, off.")]
LineLimit = Annotated[float | None, typer.Option(min=1, metavar="WATTS", help="What the home's line bears; scenes stay under it.")]


def run(
    config: Config = None,
    data: Annotated[Path | None, typer.Option(help="The data folder.", show_default=False)] = None,
    broker: Annotated[str | None, typer.Option(help="Use the broker that is already there: mqtt://HOST:PORT or mqtts://...")] = None,
    broker_user: Annotated[str | None, typer.Option(help="Its user name.")] = None,
    broker_password_file: Annotated[Path | None, typer.Option(help="A file with its password.", dir_okay=False)] = None,
    broker_ca: Annotated[Path | None, typer.Option(help="The authority that signed its certificate.", dir_okay=False)] = None,
    broker_certificate: Annotated[Path | None, typer.Option(help="Our certificate for it.", dir_okay=False)] = None,
    broker_key: Annotated[Path | None, typer.Option(help="The key of our certificate.", dir_okay=False)] = None,
    broker_kind: Annotated[str | None, typer.Option(help="The private broker: mosquitto or amqtt.")] = None,
    mqtt_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the private broker; 0 takes any free one.")] = None,
    coap_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of CoAP; 0 takes any free one.")] = None,
    http_port: HttpPort = None,
    http_host: Annotated[str | None, typer.Option(help="The loopback address they are served on.")] = None,
    lan: Lan = None,
    interface: Annotated[list[str] | None, typer.Option(help="A local address to look for appliances on; repeat for more.")] = None,
    homeassistant: HomeAssistant = None,
    accept: Annotated[list[str] | None, typer.Option(help="Take in without asking: '*', 'native', 'midea:air-conditioner'.")] = None,
    line_limit: LineLimit = None,
) -> None:
    """Run the gateway: find appliances, keep their twins, show them over MQTT and CoAP.

    Without --lan only this machine can reach it. With it so can every client that was let in with `hulian pair`, and nobody else.

    For example:

      hulian run

      hulian run --lan auto

      hulian run --http-port 8080

      hulian run --broker mqtt://127.0.0.1:1883 --broker-user hulian --broker-password-file password

      hulian run --config hulian.toml --data /var/lib/hulian
    """
    given = {
        "broker": broker,
        "user": broker_user,
        "password_file": broker_password_file,
        "ca_file": broker_ca,
        "certificate_file": broker_certificate,
        "key_file": broker_key,
        "broker_kind": broker_kind,
        "mqtt_port": mqtt_port,
        "coap_port": coap_port,
        "http_port": http_port,
        "http_host": http_host,
        "homeassistant": homeassistant,
        "lan": lan or None,
        "interfaces": interface or None,
        "accept": accept or None,
        "line_limit": line_limit,
    }
    folder = data or options.data or home_folder()
    options_given = {name: value for name, value in given.items() if value is not None}
    hand_over("gateway.cli.serving", {"file": _file(config), "data": folder, "given": options_given})


@config.command("check")
def check_configuration(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Check a configuration file and say what it means.

    Example:  hulian config check hulian.toml
    """
    from gateway.cli.merging import merge  # noqa: PLC0415 - needs the protocol rooms

    settings = merge(_file(file), home_folder(), socket_path(home_folder()), {})
    meaning: dict[str, Any] = {
        "mqtt": settings.broker.url if settings.broker else f"private broker on {settings.mqtt_host}:{settings.mqtt_port}",
        "coap": f"coap://{settings.coap_host}:{settings.coap_port}",
        "http": None if settings.http_port is None else f"http://{settings.http_host}:{settings.http_port}",
        "lan": list(settings.lan),
        "interfaces": list(settings.interfaces),
        "accept": list(settings.accept),
        "appliances": [str(appliance) for appliance in settings.manual],
        "homeassistant": settings.homeassistant.mode,
        "line-limit": settings.line_limit,
        "place": _place_words(settings.place),
    }
    if json:
        typer.echo(dumps(meaning))
        return
    typer.echo(f"{file}: good")
    typer.echo(f"  MQTT  {meaning['mqtt']}")
    typer.echo(f"  CoAP  {meaning['coap']}")
    typer.echo(f"  HTTP  {meaning['http'] or 'off'}")
    typer.echo(f"  LAN   {', '.join(meaning['lan']) or 'no: only this machine'}")
    typer.echo(f"  looks for appliances on {', '.join(meaning['interfaces'])}")
    typer.echo(f"  takes in without asking: {', '.join(meaning['accept']) or 'nothing'}")
    typer.echo(f"  asks by address: {', '.join(meaning['appliances']) or 'nobody'}")
    typer.echo(f"  discovery for Home Assistant: {meaning['homeassistant']}")
    if settings.line_limit is not None:
        typer.echo(f"  the line bears {settings.line_limit:.0f} W")
    typer.echo(f"  place {meaning['place']}")


def _file(config: Path | None) -> dict[str, Any]:
    """Return what the configuration file says, and what the environment says instead of it."""
    if config is None and not any(name.startswith("HULIAN_") and name != "HULIAN_DATA" for name in os.environ):
        return {}
    from gateway.cli.configuration import read_configuration  # noqa: PLC0415 - pydantic-settings: only with a file

    return read_configuration(config).model_dump(mode="json")


def _place_words(place: Any) -> str:
    """Return where the home is, and whose time it keeps."""
    where = f"{place.latitude:g}, {place.longitude:g}" if place.is_known else "unknown: no sunrise, no sunset"
    return f"{where}; time of {place.zone}"
