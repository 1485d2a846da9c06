"""A target by the name it announces over mDNS: `lamp-1`, or `lamp-1._wot._udp.local`."""

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from gateway.errors import NotRunning
from gateway.protocol.interfaces import local_addresses
from gateway.protocol.mdns import Answer, Browser

SERVICE: Final = "_wot._udp.local."
PATIENCE: Final = 5.0
DEFAULT_PORT: Final = 5683


async def address_of(name: str, patience: float = PATIENCE, interfaces: Sequence[str] = ()) -> str:
    """Return the address of the description of what announces itself by this name; raise NotRunning, which says who does, where nobody."""
    wanted = name.rstrip(".").removesuffix("." + SERVICE.rstrip(".")).removesuffix(".local")
    found: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    heard: set[str] = set()

    def take(answer: Answer) -> None:
        instance = answer.instance.removesuffix("." + SERVICE)
        heard.add(instance)
        host = answer.server.rstrip(".").removesuffix(".local")
        if wanted in (instance, host) and answer.addresses and answer.port and not answer.gone and not found.done():
            found.set_result(answer)

    async with Browser(tuple(interfaces) or local_addresses(), (SERVICE,), take):
        try:
            async with asyncio.timeout(patience):
                return _address(await found)
        except TimeoutError:
            near = dict.fromkeys((*get_close_matches(wanted, heard), *sorted(heard)))
            others = f"; heard were {', '.join([*near][:8])}" if heard else "; nothing announced itself at all"
            raise NotRunning(f"nothing announces itself as {wanted} within {patience:g} s{others}") from None


def _address(answer: Answer) -> str:
    port = "" if answer.port == DEFAULT_PORT else f":{answer.port}"
    return f"coap://{answer.addresses[0]}{port}{answer.txt.get('td', '') or '/d/self/td'}"
