"""Who was turned away at the doors of CoAP, written into the journal once in a while: a flood is one entry, not a worn-out disk."""

from collections import Counter
from collections.abc import Sequence

from gateway.errors import StorageFailed
from gateway.protocol.coap.guard import TURNED_AWAY
from gateway.protocol.coap.server import CoapServer
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.journal import Journal

_log = Log()
LOOK_SECONDS = 60.0


async def note_refusals(servers: Sequence[CoapServer], journal: Journal, clock: Clock) -> None:
    """Write down, until cancelled, how many were turned away at which door since the last look, and where the last came from."""
    noted = Counter[str]()
    while True:
        await clock.sleep(LOOK_SECONDS)
        present = Counter({server.url: server.guard.counts[TURNED_AWAY] for server in servers})
        doors = present - noted
        if not doors:
            continue
        source = next(server.guard.turned_away_last for server in servers if server.url in doors)
        try:
            await journal.record("refused", source=source, result="refused", doors=dict(doors))
        except StorageFailed as error:
            _log.warning("what was refused could not be written down", error=str(error))
        else:
            noted = present
