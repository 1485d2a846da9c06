"""Which handlers a topic belongs to: a tree of filter levels, and a bounded memory of what was asked before."""

from collections.abc import Iterator

from gateway.errors import ConfigurationInvalid
from gateway.protocol.mqtt.message import Handler

_REMEMBERED = 8192
"""Topics whose handlers are remembered; then the memory starts anew."""
_LONGEST = 65535


class _Level:
    __slots__ = ("below", "handlers")

    def __init__(self) -> None:
        self.below: dict[str, _Level] = {}
        self.handlers: list[Handler] = []


class Matcher:
    """Filters with their handlers. Asking costs one look-up for a topic seen before, else one step a level."""

    def __init__(self) -> None:
        self._root = _Level()
        self._known: dict[str, tuple[Handler, ...]] = {}

    def add(self, filter: str, handler: Handler) -> None:
        """Let `handler` have what matches `filter`."""
        level = self._root
        for part in filter.split("/"):
            level = level.below.setdefault(part, _Level())
        level.handlers.append(handler)
        self._known.clear()

    def remove(self, filter: str, handler: Handler | None) -> bool:
        """Take `handler` (None: every one) away from `filter`; return whether others are left there."""
        self._known.clear()
        trail = [self._root]
        parts = filter.split("/")
        for part in parts:
            if (level := trail[-1].below.get(part)) is None:
                return False
            trail.append(level)
        trail[-1].handlers = [other for other in trail[-1].handlers if handler is not None and other != handler]
        left = bool(trail[-1].handlers)
        for part, above in zip(reversed(parts), reversed(trail[:-1]), strict=True):
            if above.below[part].handlers or above.below[part].below:
                break
            del above.below[part]
        return left

    def handlers(self, topic: str) -> tuple[Handler, ...]:
        """Return the handlers of `topic`, in no particular order."""
        found = self._known.get(topic)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[topic] = tuple(self._search(self._root, topic.split("/"), 0))
        return found

    def _search(self, level: _Level, parts: list[str], depth: int) -> Iterator[Handler]:
        """Yield the handlers below `level`; wildcards never match a first level that starts with `$`."""
        hidden = depth == 0 and parts[0].startswith("$")
        if not hidden and (rest := level.below.get("#")) is not None:
            yield from rest.handlers
        if depth == len(parts):
            yield from level.handlers
            return
        if (exact := level.below.get(parts[depth])) is not None and parts[depth] not in ("+", "#"):
            yield from self._search(exact, parts, depth + 1)
        if not hidden and (any_level := level.below.get("+")) is not None:
            yield from self._search(any_level, parts, depth + 1)


def check_filter(filter: str) -> None:
    """Raise ConfigurationInvalid unless MQTT allows `filter`."""
    parts = filter.split("/")
    sound = 0 < len(filter.encode()) <= _LONGEST and "\0" not in filter
    if not sound or "#" in parts[:-1] or any(len(part) > 1 and ("+" in part or "#" in part) for part in parts):
        raise ConfigurationInvalid(f"{filter!r} is no topic filter: '+' and '#' stand for whole levels, '#' only at the end")
