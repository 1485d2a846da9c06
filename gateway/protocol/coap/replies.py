"""What was answered lately, so that a repeated datagram is answered the same and acts once (RFC 7252 section 4.5).

The library keeps every reply for 247 seconds, which under load is gigabytes; here a peer has at most `most_per_peer`
and there are at most `most_peers` of them, the oldest forgotten first. Reads, which may safely be done twice, are kept
apart by the caller so that they cannot push out writes.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

LIFETIME = 247.0
"""Seconds after which a message id may be used again (EXCHANGE_LIFETIME)."""


@dataclass(slots=True)
class Kept:
    """One request seen: its token, when it is forgotten, and the bytes it was answered with once there are any."""

    token: bytes
    until: float
    answer: bytes | None = None


class Replies:
    """Requests by peer and message id."""

    def __init__(self, most_peers: int, most_per_peer: int) -> None:
        self._most_peers = most_peers
        self._most_per_peer = most_per_peer
        self._peers: OrderedDict[Hashable, OrderedDict[int, Kept]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._peers.values())

    def seen(self, peer: Hashable, id: int, token: bytes, now: float) -> Kept | None:
        """Return what is kept of this very request, or remember it and return None; `now` in seconds, monotonic."""
        of_peer = self._of(peer)
        kept = of_peer.pop(id, None)
        if kept is not None and kept.until > now and kept.token == token:
            of_peer[id] = kept
            return kept
        if len(of_peer) >= self._most_per_peer:
            of_peer.popitem(last=False)
        of_peer[id] = Kept(token, now + LIFETIME)
        return None

    def answered(self, peer: Hashable, id: int, answer: bytes) -> None:
        """Keep the bytes a request was answered with."""
        of_peer = self._peers.get(peer)
        if of_peer is not None and id in of_peer:
            of_peer[id].answer = answer

    def _of(self, peer: Hashable) -> OrderedDict[int, Kept]:
        of_peer = self._peers.get(peer)
        if of_peer is None:
            if len(self._peers) >= self._most_peers:
                self._peers.popitem(last=False)
            of_peer = self._peers[peer] = OrderedDict()
        else:
            self._peers.move_to_end(peer)
        return of_peer
