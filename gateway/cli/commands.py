"""Which commands there are, and where: a command's module is imported when that command is asked for.

`hulian set` should not wait for what `hulian run` needs, nor the other way round; `hulian --help` imports them all.
"""

from importlib import import_module
from typing import Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

TABLE: Final = {
    "config": "gateway.cli.run:config",
    "profile": "gateway.cli.profile:app",
    "run": "gateway.cli.run:run",
    "demo": "gateway.cli.demo:demo",
    "devices": "gateway.cli.devices:devices",
    "show": "gateway.cli.devices:show",
    "set": "gateway.cli.devices:set_property",
    "invoke": "gateway.cli.devices:invoke",
    "cancel": "gateway.cli.devices:cancel",
    "watch": "gateway.cli.devices:watch",
    "history": "gateway.cli.devices:history",
    "accept": "gateway.cli.accept:accept",
    "name": "gateway.cli.devices:name",
    "room": "gateway.cli.devices:room",
    "tag": "gateway.cli.tag:tag",
    "link": "gateway.cli.links:link",
    "unlink": "gateway.cli.links:unlink",
    "links": "gateway.cli.links:links",
    "scene": "gateway.cli.scene:app",
    "alerts": "gateway.cli.alerts:app",
    "stb": "gateway.cli.stb:app",
    "home": "gateway.cli.home:app",
    "handover": "gateway.cli.handover_sheet:handover",
    "bulk": "gateway.cli.bulk:bulk",
    "replace": "gateway.cli.replace:replace",
    "forget": "gateway.cli.devices:forget",
    "doctor": "gateway.cli.devices:doctor",
    "drivers": "gateway.cli.drivers:drivers",
    "pair": "gateway.cli.pair:pair",
    "join": "gateway.cli.join:join",
    "login": "gateway.cli.login:login",
    "clients": "gateway.cli.clients:clients",
    "revoke": "gateway.cli.clients:revoke",
    "lower": "gateway.cli.clients:lower",
    "password": "gateway.cli.password:password",
    "journal": "gateway.cli.clients:journal",
    "transfer": "gateway.cli.ownership:transfer",
    "reset": "gateway.cli.ownership:reset",
    "credentials": "gateway.cli.unit_credentials:app",
    "remote": "gateway.cli.remote:app",
    "record": "gateway.cli.record:record",
    "guide": "gateway.cli.guide:guide",
    "conformance": "gateway.cli.conformance:app",
    "vault": "gateway.cli.vault:app",
    "certificate": "gateway.cli.certificate:app",
    "backup": "gateway.cli.backup:backup",
    "restore": "gateway.cli.backup:restore",
}
"""Command to module and name: a function, or a Typer with commands of its own."""


class Commands(TyperGroup):
    """The commands of TABLE, each made when it is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        """Return their names in the order of TABLE."""
        return [*TABLE]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # type: ignore[override]
        """Return one, None when there is no such command."""
        for name in [cmd_name] if cmd_name in TABLE else TABLE:  # not known: all of them, for "did you mean"
            if name not in self.commands:
                self.commands[name] = _made(name)
        return super().get_command(ctx, cmd_name)  # type: ignore[return-value]


def _made(name: str) -> TyperCommand | TyperGroup:
    module, _, attribute = TABLE[name].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command = get_group(found)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        single.command(name)(found)
        command = get_command(single)  # type: ignore[assignment]
    command.name = name
    return command
