"""The kinds of machine a package is built for, and what pip and dpkg call them.

Everything comes from wheels, so that any machine can build for every other: nothing of the target is run.
"""

from collections.abc import Container
from dataclasses import dataclass, replace

GLIBC = ("2_17", "2_28", "2_31", "2_34", "2_36")
"""The tags a Debian 12 machine (glibc 2.36) accepts, of those that wheels are built for."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`wheel`: as wheels call it; `extras`: what of Hulian has wheels there; `depends`: what comes from Debian instead."""

    wheel: str
    extras: tuple[str, ...]
    depends: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the platform tags of wheels that run there, the newest first."""
        return (*(f"manylinux_{version}_{self.wheel}" for version in reversed(GLIBC)), f"manylinux2014_{self.wheel}")

    def without(self, extras: Container[str]) -> "Machine":
        """Return the same with less of Hulian."""
        return replace(self, extras=tuple(extra for extra in self.extras if extra not in extras))


MACHINES = {
    "amd64": Machine("x86_64", ("midea", "fast", "trust", "edhoc", "web")),
    "arm64": Machine("aarch64", ("midea", "fast", "trust", "edhoc", "web")),
    "armhf": Machine("armv7l", ()),  # cffi has no wheel for it, and so there is no cryptography
}
"""By what `dpkg --print-architecture` says."""
