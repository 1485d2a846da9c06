"""A place: where on a wire one number, word or switch stands. Every wire has its own kind of place; the readers and writers only use it."""

from typing import Any, Protocol

from gateway.thing.value import Value


class Place(Protocol):
    """`get` and `put` know the shape of what this wire shows and is asked: bytes, named columns, numbered properties."""

    def get(self, shown: Any) -> Value:
        """Return what stands there (a number, or what the wire has instead), None when nothing does."""
        ...

    def put(self, asked: Any, raw: Value) -> None:
        """Write it there; what stands beside it stays."""
        ...

    def fits(self, raw: Value) -> bool:
        """Whether this can stand there."""
        ...
