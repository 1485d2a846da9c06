"""What was announced of one device, in whatever pieces and order: the book of everything that is announced on a broker.

An announcement belongs to the device one of whose names it has. It is not believed where it speaks under other topics than what the device
was announced with first, or has a unique id that another announcement has: the first one stays, and the second is told to the doctor. Of an
accepted device (`pin`) only what lies wholly under its own topics is believed, whoever was heard first.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.belonging import key_of, names_of, roots_of
from gateway.drivers.mqttdiscovery.piece import Piece
from gateway.drivers.mqttdiscovery.pins import Pins
from gateway.errors import WireError

ANNOUNCEMENTS: Final = 16_384
BYTES: Final = 64 * 1024 * 1024
OF_ONE: Final = 256


@dataclass(slots=True, eq=False)
class Group:
    """One device: its names, and its pieces by topic."""

    names: set[str]
    pieces: dict[str, Piece] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What a unit is registered under when it is found now; any of its names finds it later."""
        return key_of(min(self.names))

    @property
    def roots(self) -> frozenset[str]:
        """Where it speaks, as all its pieces say."""
        return frozenset().union(*(piece.roots for piece in self.pieces.values()))


def piece_of(topic: str, payload: bytes, entities: Iterable[Entity]) -> Piece:
    """Return an announcement of one device; raise WireError when it is of several."""
    known = tuple(entities)
    names = frozenset().union(*(names_of(entity) for entity in known)) if known else frozenset()
    uniques = tuple((entity.component, entity.unique) for entity in known if entity.unique)
    if len(set(uniques)) < len(uniques):
        raise WireError("two of its components have one unique id")
    return Piece(topic, payload, names, uniques, frozenset().union(*(roots_of(entity) for entity in known)))


class Book:
    """All groups, by name, and every topic's piece."""

    def __init__(self) -> None:
        self._by_name: dict[str, Group] = {}
        self._by_key: dict[str, Group] = {}
        self._by_topic: dict[str, Group] = {}
        self._uniques: dict[tuple[str, str], str] = {}
        self._pins = Pins()
        self._displaced: list[Group] = []
        self._bytes = 0

    def group(self, key: str) -> Group | None:
        """Return the device of a key, None where nothing of it is announced."""
        return self._by_key.get(key)

    def groups(self) -> tuple[Group, ...]:
        """Return every device."""
        return tuple({id(group): group for group in self._by_topic.values()}.values())

    def same(self, topic: str, payload: bytes) -> bool:
        """Return whether exactly this stands there already."""
        group = self._by_topic.get(topic)
        return group is not None and group.pieces[topic].payload == payload

    def pin(self, key: str, roots: frozenset[str]) -> tuple[Group, ...]:
        """Believe of this device only what speaks under these roots, and look again at what was not believed; return who has changed."""
        self._pins.pin(key, roots)
        group = self._by_key.get(key)
        strangers = [piece for piece in group.pieces.values() if not piece.roots <= roots] if group is not None else []
        changed = [self.remove(piece.topic) for piece in strangers]
        waiting = [piece for piece in self._pins.waiting.values() if key in map(key_of, piece.names)]
        for piece in (*waiting, *strangers):
            self._pins.forget(piece.topic)
            with suppress(WireError):
                changed.append(self.put(piece))
        return tuple({id(each): each for each in (*changed, *self.displaced()) if each is not None}.values())

    def unpin(self, key: str) -> None:
        """Believe of this device what is believed of any."""
        self._pins.unpin(key)

    def keeps(self, topic: str) -> bool:
        """Return whether an accepted device's piece stays although its topic says something now that is not believed."""
        group = self._by_topic.get(topic)
        return group is not None and topic in self._pins.waiting and self._pins.of(group.names) is not None

    def forget(self, topic: str) -> None:
        """Wait no longer with what a topic said that was not believed: it says something else now."""
        self._pins.forget(topic)

    def displaced(self) -> list[Group]:
        """Return, once, the devices that lost a piece to an accepted device."""
        displaced, self._displaced = self._displaced, []
        return displaced

    def put(self, piece: Piece) -> Group:
        """Take an announcement, in place of what its topic said before; raise WireError when it is not believed or there is no room."""
        self._room(piece)
        found = list({id(group): group for name in sorted(piece.names) if (group := self._by_name.get(name)) is not None}.values())
        try:
            for each in found or [Group(set())]:
                self._doubt(each, piece)
            self._check(piece)
        except WireError:
            self._pins.wait(piece)
            raise
        self._pins.forget(piece.topic)
        found = [each for each in found if each.pieces]
        before = self._by_topic.get(piece.topic)
        group = self._merged(found) or Group(set())
        if before is group or before in found:
            self._forget(group, piece.topic)
        elif before is not None:
            self.remove(piece.topic)
        group.pieces[piece.topic] = piece
        self._named(group)
        self._by_topic[piece.topic] = group
        self._uniques |= dict.fromkeys(piece.uniques, piece.topic)
        self._bytes += len(piece.payload)
        return group

    def remove(self, topic: str) -> Group | None:
        """Take out what a topic said; return the device, which may have nothing left."""
        group = self._by_topic.pop(topic, None)
        if group is None:
            return None
        self._forget(group, topic)
        known = set(group.names)
        self._named(group)
        group.names = group.names or known  # who was told of a device that is gone asks for its names
        return group

    def _room(self, piece: Piece) -> None:
        if piece.topic not in self._by_topic and (len(self._by_topic) >= ANNOUNCEMENTS or self._bytes + len(piece.payload) > BYTES):
            raise WireError("there are too many announcements on the broker: take old ones out")

    def _check(self, piece: Piece) -> None:
        others = {other: unique for unique in piece.uniques if (other := self._uniques.get(unique, piece.topic)) != piece.topic}
        for other, unique in others.items():
            if self._pins.of(piece.names) is None or self._pins.of(self._by_topic[other].names) is not None:
                raise WireError(
                    f"its unique id {unique[1][:48]!r} is announced on {other[:96]} already: two devices with one id, the first stays"
                )
        for other in others:
            stranger = self._by_topic[other].pieces[other]
            self._displaced += [group] if (group := self.remove(other)) is not None else []
            self._pins.wait(stranger)

    def _doubt(self, group: Group, piece: Piece) -> None:
        others = [each for each in group.pieces.values() if each.topic != piece.topic]
        if len(others) >= OF_ONE:
            raise WireError(f"its device has more than {OF_ONE} announcements")
        pinned = self._pins.of(group.names | piece.names)
        if pinned is not None:
            if not piece.roots <= pinned:
                told, known = (", ".join(sorted(roots)[:3]) for roots in (piece.roots, pinned))
                raise WireError(f"its device speaks under {known} since it was taken in, and it speaks under {told} itself: not believed")
            return
        first = next((each.roots for each in others if each.roots), frozenset())
        if first and piece.roots and piece.roots.isdisjoint(first):
            told, known = (", ".join(sorted(roots)[:3]) for roots in (piece.roots, first))
            raise WireError(f"it says it is part of a device that speaks under {known}, and speaks under {told} itself: not believed")

    def _merged(self, found: list[Group]) -> Group | None:
        """Return the one group of these, which turned out to be one device."""
        for other in found[1:]:
            found[0].names |= other.names
            found[0].pieces |= other.pieces
            self._by_topic |= dict.fromkeys(other.pieces, found[0])
        return found[0] if found else None

    def _named(self, group: Group) -> None:
        """Let a device be found by the names its pieces have now, and by those of earlier ones no more."""
        now = set().union(*(piece.names for piece in group.pieces.values()))
        for name in group.names - now:
            self._by_name.pop(name, None)
            self._by_key.pop(key_of(name), None)
        group.names = now
        for name in now:
            self._by_name[name] = self._by_key[key_of(name)] = group

    def _forget(self, group: Group, topic: str) -> None:
        piece = group.pieces.pop(topic)
        self._bytes -= len(piece.payload)
        for unique in piece.uniques:
            if self._uniques.get(unique) == topic:
                del self._uniques[unique]
