"""The extra `trust`: what needs the cryptography library says so when it is missing, with the command that installs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.errors import ExtraMissing

INSTALL: Final = "pip install 'hulian[trust]'"


@contextmanager
def extra(what: str) -> Iterator[None]:
    """Raise ExtraMissing, saying that `what` needs the library, when an import in the block fails."""
    try:
        yield
    except ImportError as error:
        raise ExtraMissing(f"{what} needs the cryptography library: {INSTALL}") from error
