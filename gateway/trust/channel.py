"""The short-lived line between a hub and a client that pairs: one key each way, from whatever the two have agreed on.

PIN and QR end in the same: a secret only these two have. From it come two AES-256-GCM keys, so that nothing said one way can be
sent back the other, and every message is bound to its session, so that none can be moved into another.
"""

import hashlib
import hmac
from typing import Any, Final

import orjson

from gateway.errors import BadSyntax, Unauthenticated
from gateway.trust.seal import Unsealable, derived, sealed, unsealed

_TO_HUB: Final = "hulian pairing 1 to hub"
_TO_CLIENT: Final = "hulian pairing 1 to client"


class Channel:
    """One end. `secret`: what both have agreed on; `transcript`: everything that was said in the clear until then."""

    __slots__ = ("_receiving", "_sending", "_session")

    def __init__(self, secret: bytes, transcript: bytes, session: bytes, *, hub: bool) -> None:
        root = hmac.digest(hashlib.sha256(transcript).digest(), secret, "sha256")
        keys = [derived(root, purpose) for purpose in (_TO_CLIENT, _TO_HUB)]
        self._sending, self._receiving = keys if hub else reversed(keys)
        self._session = session

    def seal(self, document: dict[str, Any]) -> bytes:
        """Return a message (JSON inside) for the other end."""
        return sealed(self._sending, orjson.dumps(document), self._session)

    def open(self, text: bytes) -> dict[str, Any]:
        """Return what the other end has sealed; raise Unauthenticated, or BadSyntax when it is no object."""
        try:
            plain = unsealed(self._receiving, text, self._session)
        except Unsealable as error:
            raise Unauthenticated("this message was not sealed by the one who began this pairing, or was changed on the way") from error
        try:
            document = orjson.loads(plain)
        except orjson.JSONDecodeError as error:
            raise BadSyntax("the sealed message is not JSON") from error
        if not isinstance(document, dict):
            raise BadSyntax("the sealed message is not a JSON object")
        return document
