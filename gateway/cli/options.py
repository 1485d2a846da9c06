"""The options that stand before a command and hold for all of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Options:
    """Set once, by `hulian [--data DIR] [--no-color] [-v] COMMAND`."""

    data: Path | None = None
    no_color: bool = False
    verbose: bool = False


options = Options()
