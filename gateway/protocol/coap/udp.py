"""One IPv4 datagram socket on the event loop.

Not asyncio's own datagram transport, for three reasons: it reads one datagram a wake-up (here up to BATCH), it cannot
say which peer an ICMP error belongs to (here the kernel's error queue tells), and one peer's error would eat the next
datagram to another one (here it is sent again).

The loop does not watch the socket but an epoll that watches it: libuv, and so uvloop, stops polling a socket for good at
the first error on it, while an epoll is only ever readable.
"""

import asyncio
import errno
import os
import select
import socket
import struct
from collections.abc import Callable

from gateway.errors import ConfigurationInvalid, PortTaken

BATCH = 32
"""Datagrams read before the loop gets its turn again."""
RECEIVE_BUFFER = 256 * 1024

_IP_RECVERR = 11  # Linux; Python has no name for it before 3.14
_ERROR = struct.Struct("=I")  # the first field of sock_extended_err is the errno

Address = tuple[str, int]


class DatagramSocket:
    """`receive` gets every datagram (cut at `size` + 1 bytes), `failed` every address the network says cannot be reached."""

    def __init__(self, receive: Callable[[Address, bytes], None], failed: Callable[[Address, OSError], None], *, size: int) -> None:
        self._receive = receive
        self._failed = failed
        self._size = size
        self._socket: socket.socket | None = None
        self._watch: select.epoll | None = None

    def open(self, host: str, port: int) -> int:
        """Bind to one address and return the port; raise PortTaken or ConfigurationInvalid."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            bound.setblocking(False)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            bound.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            bound.bind((host, port))
        except OSError as error:
            bound.close()
            raise _not_bound(host, port, error) from error
        self._socket = bound
        self._watch = select.epoll()
        self._watch.register(bound.fileno(), select.EPOLLIN)
        asyncio.get_running_loop().add_reader(self._watch.fileno(), self._readable)
        own: int = bound.getsockname()[1]
        return own

    def close(self) -> None:
        """Stop at once."""
        if self._socket is not None and self._watch is not None:
            asyncio.get_running_loop().remove_reader(self._watch.fileno())
            self._watch.close()
            self._socket.close()
            self._socket = self._watch = None

    def send(self, datagram: bytes, address: Address) -> None:
        """Send, or drop where the network takes nothing now: CoAP repeats what matters."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(datagram, address)
        except BlockingIOError:
            return
        except OSError:
            self._read_errors()  # it may have been another peer's; this datagram has not gone
            self._send_again(datagram, address)

    def _send_again(self, datagram: bytes, address: Address) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(datagram, address)
        except BlockingIOError:
            return
        except OSError as error:
            self._failed(address, error)

    def _readable(self) -> None:
        for _ in range(BATCH):
            if self._socket is None:
                return
            try:
                datagram, address = self._socket.recvfrom(self._size + 1)
            except BlockingIOError:
                break
            except OSError:
                break
            self._receive(address, datagram)
        else:
            return
        self._read_errors()

    def _read_errors(self) -> None:
        """Empty the kernel's queue of ICMP errors; each names the address the lost datagram was sent to."""
        while self._socket is not None:
            try:
                _, details, _, address = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for _, kind, data in details:
                if kind == _IP_RECVERR and address:
                    (number,) = _ERROR.unpack_from(data)
                    self._failed(address, OSError(number, os.strerror(number)))


def _not_bound(host: str, port: int, error: OSError) -> PortTaken | ConfigurationInvalid:
    if isinstance(error, PermissionError) or error.errno == errno.EADDRINUSE:
        why = f"CoAP cannot use {host}:{port} ({error.strerror})"
        return PortTaken(f"{why}: stop the other program or choose another port (--coap-port; 0 takes any free one)")
    return ConfigurationInvalid(f"CoAP cannot listen on {host}:{port} ({error.strerror}): give an IPv4 address of this machine")
