"""The links of the home as they are at this moment: what the gateway remembers, and what sources say of themselves."""

from collections.abc import Iterable, Iterator

from gateway.errors import StateConflict
from gateway.home.links.relation import FEEDS, Relation, Tie


class Graph:
    """Ties by both of their ends."""

    def __init__(self) -> None:
        self._from: dict[str, list[Tie]] = {}
        self._to: dict[str, list[Tie]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Tie]:
        return (tie for ties in self._from.values() for tie in ties)

    def add(self, tie: Tie) -> None:
        """Take a tie in."""
        self._from.setdefault(tie.source, []).append(tie)
        self._to.setdefault(tie.target, []).append(tie)
        self._count += 1

    def drop(self, tie: Tie) -> None:
        """Let a tie go."""
        for ends, end in ((self._from, tie.source), (self._to, tie.target)):
            ends[end].remove(tie)
            if not ends[end]:
                del ends[end]
        self._count -= 1

    def of(self, device: str) -> tuple[Tie, ...]:
        """Return every tie one end of which is this device, first those it is the source of."""
        return (*self._from.get(device, ()), *self._to.get(device, ()))

    def targets(self, source: str, relation: Relation) -> tuple[Tie, ...]:
        """Return what a source is tied to."""
        return tuple(tie for tie in self._from.get(source, ()) if tie.relation is relation)

    def sources(self, target: str, relation: Relation) -> tuple[Tie, ...]:
        """Return what a target is tied to."""
        return tuple(tie for tie in self._to.get(target, ()) if tie.relation is relation)

    def downstream(self, starts: Iterable[str], relation: Relation = FEEDS) -> tuple[str, ...]:
        """Return these devices and everything that hangs on them, each once, however much appliances may say it goes round."""
        seen: dict[str, None] = {}
        waiting = list(starts)
        while waiting:
            device = waiting.pop()
            if device not in seen:
                seen[device] = None
                waiting += [tie.target for tie in self.targets(device, relation)]
        return tuple(seen)

    def check(self, source: str, relation: Relation, target: str) -> None:
        """Raise StateConflict when a new tie contradicts those there are."""
        if source == target:
            raise StateConflict(f"{source} cannot be its own source: name two devices")
        if target in (tie.target for tie in self.targets(source, relation)):
            return
        others = [tie.source for tie in self.sources(target, relation) if tie.source != source]
        if relation.alone and others:
            raise StateConflict(f"{others[0]} {relation.word} {target} already: `hulian unlink {others[0]} {relation.word}` first")
        if source in self.downstream([target], relation):
            raise StateConflict(f"{source} itself hangs on {target}: the link would make a circle")
