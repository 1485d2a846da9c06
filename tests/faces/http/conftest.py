"""A gateway with HTTP on loopback and under TLS, with a lamp in it; owned, where a test lets somebody in."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from gateway.app import Gateway
from gateway.thing.principal import LOCAL, Role
from gateway.trust.login_code import Invited
from tests.kit.addresses import address
from tests.routes.lamp import LAMP, Lamp, lit
from tests.routes.stage import running, settings_of

D = f"/api/v1/devices/{LAMP}"


@dataclass
class Hub:
    """What tests work on; `tls`: trusts the home's own authority."""

    gateway: Gateway
    lamp: Lamp
    client: httpx.AsyncClient
    tls: ssl.SSLContext

    @property
    def url(self) -> str:
        return self.gateway.http[0]

    @property
    def outside(self) -> str:
        return self.gateway.http[1]

    async def let_in(self, role: Role) -> str:
        """Have a client of a role; return its id."""
        return (await self.gateway.access.clients.add(f"a {role.value}", role, LOCAL)).id

    async def token(self, client: str) -> str:
        """Return what a login of a client shows."""
        code = self.gateway.logins.invite(Invited(client=client))
        return (await self.gateway.logins.redeem(code.text, "here")).token


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    home, lan = address(), address()
    settings = replace(settings_of(tmp_path), http_port=0, https_port=0, pages=False)
    settings = replace(settings, mqtt_host=home, coap_host=home, http_host=home, lan=(lan,))
    async with running(settings) as gateway:
        tls = ssl.create_default_context(cadata=(await gateway.authority.certificate()).decode())
        async with httpx.AsyncClient(base_url=gateway.http[0], trust_env=False, verify=tls) as client:
            yield Hub(gateway, await lit(gateway.home), client, tls)
