"""TLS with a box: the hub's certificate for it comes out of the vault and is never laid down in a file.

The library and OpenSSL want the names of files. What they get is a file in memory that has no name in any folder, and ends with its block.
"""

import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.drivers.androidtv.pairing import Pairing
from gateway.errors import Offline, Unauthenticated

_REFUSALS: Final = ("UNKNOWN_CA", "CERTIFICATE", "ACCESS_DENIED", "HANDSHAKE_FAILURE", "DECRYPT_ERROR")
AGAIN: Final = "`hulian accept` it again, and type what its screen shows"
UNKNOWN: Final = f"the box does not know this hub (any more): {AGAIN}"
SPEECHLESS: Final = f"the box closed the connection before it said a word; if it stays so it does not know this hub (any more): {AGAIN}"
OTHER: Final = f"what answers at this address is not the box that was paired: it is another one, or it was reset. If it was reset, {AGAIN}"


@contextmanager
def pem_file(pairing: Pairing) -> Iterator[str]:
    """Lend certificate and key under a name that can be read as long as the block lasts."""
    number = os.memfd_create("hulian-androidtv", os.MFD_CLOEXEC)
    try:
        os.write(number, f"{pairing.certificate}\n{pairing.key}\n".encode())
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)


def tls_of(pairing: Pairing) -> ssl.SSLContext:
    """Return what a connection to the box is opened with; raise Unauthenticated when certificate or key are none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nobody signs a box's certificate; it is compared with the one it was paired under
    with pem_file(pairing) as path:
        try:
            context.load_cert_chain(path)
        except ssl.SSLError as error:
            raise Unauthenticated(f"what is kept of its pairing is no certificate with its key; {UNKNOWN}") from error
    return context


def print_of(certificate: bytes | None) -> str:
    """Return by what a certificate (DER) is known; raise Offline where none was shown."""
    if not certificate:
        raise Offline("it shows no certificate")
    return hashlib.sha256(certificate).hexdigest()


def refuses(error: BaseException | None) -> bool:
    """Whether a connection was lost because the box does not know this hub."""
    reason = getattr(error, "reason", None) if isinstance(error, ssl.SSLError) else None
    return isinstance(reason, str) and "ALERT" in reason and any(word in reason for word in _REFUSALS)
