"""What the library's cache knows of one instance now.

Read record by record, the newest that has not run out: the library's own reader takes the last one added, which after a
value has gone from A to B and back to A is the one that has run out.
"""

import socket
from dataclasses import dataclass

from zeroconf import Zeroconf, current_time_millis
from zeroconf._dns import DNSAddress, DNSRecord, DNSService, DNSText

_A, _TXT, _AAAA, _SRV = 1, 16, 28, 33
_INTERNET = 1


@dataclass(frozen=True, slots=True)
class Known:
    """The records of one instance; `addresses` the newest first, `txt` None when none was heard."""

    server: str = ""
    port: int = 0
    txt: bytes | None = None
    addresses: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Return whether nothing has to be asked for."""
        return bool(self.server and self.addresses) and self.txt is not None


def known(zeroconf: Zeroconf, name: str) -> Known:
    """Return what is known of the instance `name` (its full name)."""
    texts = [record.text for record in _newest(zeroconf, name, _TXT) if isinstance(record, DNSText)]
    txt = texts[0] if texts else None
    for record in _newest(zeroconf, name, _SRV):
        if isinstance(record, DNSService):
            found = [*_newest(zeroconf, record.server, _A), *_newest(zeroconf, record.server, _AAAA)]
            addresses = (_address(address) for address in found if isinstance(address, DNSAddress))
            return Known(record.server, record.port, txt, tuple(dict.fromkeys(addresses)))
    return Known(txt=txt)


def _newest(zeroconf: Zeroconf, name: str, kind: int) -> list[DNSRecord]:
    now = current_time_millis()
    records = [record for record in zeroconf.cache.get_all_by_details(name, kind, _INTERNET) if not record.is_expired(now)]
    return sorted(records, key=lambda record: (record.created, record.ttl), reverse=True)  # one about to run out comes later


def _address(record: DNSAddress) -> str:
    return socket.inet_ntop(socket.AF_INET if record.type == _A else socket.AF_INET6, record.address)
