"""What a private broker is told: who may do what, through which doors, and with which papers it shows itself.

Plain names and topic filters only. What a role is, and which topics it gets, is decided by whoever fills this in.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One who may come in; nothing is allowed that is not listed.

    `name`: common name of its certificate, or username. `publish`, `receive`: filters of topics. `subscribe`: patterns its
    filters must lie under; `literal`: filters it may use besides, word by word.
    """

    name: str
    publish: tuple[str, ...] = ()
    receive: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    literal: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Papers:
    """What TLS needs, as PEM. `revoked`: the revocation list of `authority`, which signs clients and this server alike."""

    authority: bytes
    certificate: bytes
    key: bytes = field(repr=False)
    revoked: bytes


@dataclass(frozen=True, slots=True)
class Door:
    """Some addresses of this machine and the port on each; port 0 takes one that is free on all of them."""

    hosts: tuple[str, ...] = ()
    port: int = 0

    def __bool__(self) -> bool:
        """Return whether there is such a door."""
        return bool(self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where the broker listens. `open`: on loopback, whoever comes, without a key; with it neither `passwords` nor `plain` are opened.

    `certificates`: TLS with a certificate of the client. `passwords`: TLS and a password, for appliances that have no
    certificate. `plain`: a password in the clear, for appliances that have no TLS either: a risk.
    """

    open: Door = Door()
    certificates: Door = Door()
    passwords: Door = Door()
    plain: Door = Door()
    papers: Papers | None = None

    def all(self) -> tuple[Door, ...]:
        """Return the doors there are."""
        shut_while_open = () if self.open else (self.passwords, self.plain)
        return tuple(door for door in (self.open, self.certificates, *shut_while_open) if door)
