"""What the units of a wire ask a hub to know, and how each of it looks: `credentials.yaml` beside the driver.

    token: {form: '[0-9A-Fa-f]{32}', says: 32 hexadecimal digits}

`optional: true` where not every unit of the wire asks for it.
A driver without that file asks for nothing, or for whatever it likes. `GUIDE.md` beside it tells people where it is had from.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from gateway.drivers.parts.sheet import document
from gateway.drivers.spi import Secret

FILE: Final = "credentials.yaml"
GUIDE: Final = "GUIDE.md"


@cache
def secrets_in(folder: Path) -> Mapping[str, Secret]:
    """Return what units of the driver in a folder may ask for, by name."""
    if not (file := folder / FILE).is_file():
        return {}
    rows = document(file)  # brings the YAML reader, which a running gateway has no need of until somebody brings a key
    return {name: Secret(re.compile(row["form"]), row["says"], bool(row.get("optional"))) for name, row in rows.items()}
