"""A connected socket for a loop to take over, of which both sides may let go in any order.

uvloop closes the descriptor of a socket it was given, and only later tells the socket object so. Whoever closes that object in
between, or lets it be collected after a cancelled `create_connection`, closes a number that may be another's by then; libuv waits
for a descriptor that is not there, and ends the process (`abort`). So uvloop is given a number of its own.
"""

import asyncio
import os
import socket


class LentSocket(socket.socket):
    """Like any socket, but `fileno` is a duplicate for whoever asks, who closes it; `close` and `detach` close this object's own."""

    def fileno(self) -> int:
        """Return a new descriptor of the same connection, -1 when this is closed."""
        own = super().fileno()
        return os.dup(own) if own >= 0 else own

    def detach(self) -> int:
        """Close: whoever asked has a descriptor of its own."""
        own = super().detach()
        if own >= 0:
            os.close(own)
        return -1


def lent(connected: socket.socket) -> socket.socket:
    """Return a connected socket for `create_connection` of the running loop; what is handed in is not to be used any more."""
    if not type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
        return connected  # a loop that reads and closes the object itself
    kind = connected.family, connected.type, connected.proto
    return LentSocket(*kind, fileno=connected.detach())
