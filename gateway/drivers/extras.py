"""Which wires cannot be used because a library is not installed: the extras in the package's own metadata, whose names are the drivers'.

Nothing is imported for it, so that a wire nobody uses costs nothing; a driver that needs its library and does not find it says the same.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from typing import Final

PACKAGE: Final = "hulian"
_MODULES: Final = {"pyopenssl": "OpenSSL"}
"""Modules that are not called like their packages."""
_REQUIRED: Final = re.compile(r"(?P<library>[A-Za-z0-9._-]+)[^;]*;.*\bextra == ['\"](?P<extra>[A-Za-z0-9_-]+)['\"]").match


def missing_extras(drivers: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each driver whose extra names a library that is not there, with what brings it."""
    return tuple(
        f"{driver} appliances cannot be used: {' and '.join(gone)} is not installed; pip install '{PACKAGE}[{driver}]' brings it"
        for driver in drivers
        if (gone := [library for library in libraries(driver) if find_spec(_MODULES.get(library, library.replace("-", "_"))) is None])
    )


def libraries(extra: str) -> list[str]:
    """Return the libraries of one extra; none where the package was not installed but only unpacked."""
    found = (_REQUIRED(line) for line in required(PACKAGE))
    return [each["library"] for each in found if each is not None and each["extra"] == extra]


@cache
def required(package: str) -> tuple[str, ...]:
    """Return what a package says it requires; it does not change while it runs."""
    from importlib.metadata import PackageNotFoundError, requires  # noqa: PLC0415 - it brings half the standard library along

    try:
        return tuple(requires(package) or ())
    except PackageNotFoundError:
        return ()
