"""Which doors our own broker has: open on loopback while nobody owns the home, by certificate there and on the LAN, others by choice."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from gateway.protocol.broker.plan import Door, Doors, Papers
from gateway.trust.access import Access
from gateway.trust.authority import Authority

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the settings ask for. `names`: host names the hub's certificate is good for, besides its addresses.

    `tls`: whether the broker knows certificates at all. `passwords_port`: of the door on the LAN with TLS and a password;
    None: there is none. `plain`: addresses of this machine with a door without TLS, on `plain_port`.
    """

    loopback: Door
    lan: tuple[str, ...] = ()
    mqtts_port: int = 8883
    names: tuple[str, ...] = ()
    passwords_port: int | None = None
    plain: tuple[str, ...] = ()
    plain_port: int = 1883
    tls: bool = True

    def doors(self, *, open: bool, papers: Papers | None) -> Doors:
        """Return the doors; without papers only the open one."""
        doors = Doors(open=self.loopback if open else Door())
        if papers is None:
            return doors
        doors = replace(doors, certificates=Door(self.addresses, self.mqtts_port), papers=papers)
        if open:  # nobody has a password yet, and whoever has none would be let in there too
            return doors
        passwords = Door() if self.passwords_port is None else Door(self.lan, self.passwords_port)
        return replace(doors, passwords=passwords, plain=Door(self.plain, self.plain_port))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return where certificates are asked for: this machine and the LAN."""
        return (*self.loopback.hosts, *(address for address in self.lan if address not in self.loopback.hosts))


def needs_papers(wanted: Wanted, access: Access) -> bool:
    """Return whether anybody may come in with a certificate: once there is an owner, and on the LAN for the one who becomes it."""
    return wanted.tls and (bool(wanted.lan) or not access.open)


async def papers_of(wanted: Wanted, authority: Authority, revoked: Iterable[str]) -> Papers:
    """Return what TLS needs now; `revoked`: serials. ExtraMissing or StorageDamaged."""
    server = await authority.serve(wanted.names, wanted.addresses)
    return Papers(
        authority=await authority.certificate(),
        certificate=server.certificate,
        key=server.key,
        revoked=await authority.revocation_list(revoked),
    )
