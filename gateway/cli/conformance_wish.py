"""What was said to `hulian conformance`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The options of one run, as they were given."""

    target: str
    claim: str = ""
    tests: tuple[str, ...] = ()
    seed: int | None = None
    budget: float | None = None
    transport: str = "both"
    control: Path | None = None
    unit: str = ""
    credentials: Path | None = None
    real: float = 20.0
    report: Path | None = None
    sign: Path | None = None
    device_key: Path | None = None
    firmware: Path | None = None
    td_schema: Path | None = None
    secrets: Path | None = None
    maker: str = ""
    model: str = ""
    passphrase_file: Path | None = None
    lang: str | None = None
    json: bool = False
