"""The call that lets a browser or a program in: a one-time code for a person, or a token for a program. Whoever asks stands at the hub."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.errors import BadSyntax, StateConflict
from gateway.faces.control.server import Call, Tell
from gateway.thing.principal import LOCAL, Role
from gateway.thing.timestamp import iso
from gateway.trust.client import checked_client_name
from gateway.trust.clients import Clients
from gateway.trust.journal import Journal
from gateway.trust.login import LIFE, Logins
from gateway.trust.login_code import Invited


class LoginCalls:
    """`urls()`: where the pages and the API are served now."""

    def __init__(self, logins: Logins, clients: Clients, journal: Journal, urls: Callable[[], Sequence[str]]) -> None:
        self._logins = logins
        self._clients = clients
        self._journal = journal
        self._urls = urls

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"login": self._login}

    async def _login(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Make a code for `client` (default: the first owner) or for a new one of this `name` and `role`; with `token` a token instead."""
        invited = self._invited(arguments)
        if arguments.get("token") is True:
            return await self._token(invited)
        code = self._logins.invite(invited)
        await self._journal.record("login-code", actor=LOCAL.name, target=invited.client or invited.name, source="control")
        answer = {"code": code.text, "until": iso(code.until), "for": invited.client or invited.name, "urls": list(self._urls())}
        return answer | {"open": self._logins.open}

    async def _token(self, invited: Invited) -> dict[str, Any]:
        granted = await self._logins.redeem(self._logins.invite(invited).text, "control")
        until = iso(granted.login.made + LIFE)
        return {"token": granted.token, "until": until, "for": granted.client.id, "urls": list(self._urls())}

    def _invited(self, arguments: Mapping[str, Any]) -> Invited:
        client, name = arguments.get("client"), arguments.get("name")
        if not isinstance(client, str | None) or not isinstance(name, str | None) or (client and name):
            raise BadSyntax("`client` names one that is in, or `name` is what a new one is called")
        if name:
            try:
                role = Role(str(arguments.get("role") or Role.USER.value))
            except ValueError as error:
                raise BadSyntax(f"`role` is one of {', '.join(Role)}") from error
            return Invited(name=checked_client_name(name), role=role, by=LOCAL.name)
        return Invited(client=self._clients.find(client).id if client else self._owner(), by=LOCAL.name)

    def _owner(self) -> str:
        owner = next((each for each in self._clients.valid() if each.role is Role.OWNER), None)
        if owner is None:
            raise StateConflict(
                "this home has no owner yet, so a browser on this machine needs no login; "
                "`hulian login --name NAME --role owner` makes its first owner a browser"
            )
        return owner.id
