"""Rules of automatic acceptance: patterns on `driver` or `driver:kind`, with `*` for anything."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gateway.errors import ConfigurationInvalid


class Rules:
    """`*` takes everything, `native` a driver, `midea:air-conditioner` a kind of a driver, `*:plug` a kind of any."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self.patterns = tuple(patterns)
        for pattern in self.patterns:
            if not pattern or pattern.count(":") > 1 or any(letter.isspace() for letter in pattern):
                raise ConfigurationInvalid(f"{pattern!r} is no acceptance rule: write *, a driver, or driver:kind")

    def accept(self, driver: str, kind: str | None) -> bool:
        """Return whether a unit of this driver and kind is taken without asking."""
        return any(_matches(pattern, driver, kind) for pattern in self.patterns)


def _matches(pattern: str, driver: str, kind: str | None) -> bool:
    wanted_driver, colon, wanted_kind = pattern.partition(":")
    return fnmatchcase(driver, wanted_driver) and (not colon or fnmatchcase(kind or "", wanted_kind))
