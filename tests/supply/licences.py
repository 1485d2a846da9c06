"""Under which licence each package of a hub is, as its metadata says it, and whether we may need it at run time.

Nothing under the GPL or AGPL is needed by a hub. The LGPL is let in for packages named here one by one: a library that is imported
and can be replaced asks of a distribution that its notice stays and that a changed copy of it can be put in its place, and with pip
both are so.
"""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution
from typing import Final

from tests.supply.closure import Package

BY_NAME: Final = {"zeroconf": "LGPL-2.1-or-later"}
"""Packages under the LGPL that are let in."""

CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Classifier to SPDX; a BSD licence that is not told more precisely is taken for the one with three clauses."""

WORDS: Final = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "psfl": "PSF-2.0",
}
_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+|[()]| )*[A-Za-z0-9.+()-]*")
_GPL = re.compile(r"(?<!L)GPL", re.IGNORECASE)
_LGPL = re.compile(r"LGPL", re.IGNORECASE)
_LONGEST = 60


def licence(found: Distribution) -> str:
    """Return the SPDX expression of a package's licence, else its own words; "" when it says nothing."""
    metadata = found.metadata.json
    if expression := metadata.get("license_expression"):
        return str(expression)
    words = str(metadata.get("license") or "").strip()
    if words and len(words) <= _LONGEST and "\n" not in words:
        return WORDS.get(words.lower(), words)
    named = [text.rpartition(" :: ")[2] for text in metadata.get("classifier") or () if text.startswith("License :: OSI Approved :: ")]
    return " OR ".join(sorted({CLASSIFIERS.get(name, name) for name in named}))


def troubles(packages: Iterable[Package]) -> list[str]:
    """Return a line for each package that a hub must not need."""
    found = []
    for package in packages:
        text = licence(package.distribution)
        choices = re.split(r" OR ", text.strip("()")) if text else [""]
        if all(_refused(package.name, choice) for choice in choices):
            found.append(f"{package.name} {package.version}: {text or 'says no licence'}; nothing under the GPL is needed at run time")
    return found


def _refused(name: str, choice: str) -> bool:
    if not choice or _GPL.search(choice):
        return True
    return bool(_LGPL.search(choice)) and BY_NAME.get(name) != choice
