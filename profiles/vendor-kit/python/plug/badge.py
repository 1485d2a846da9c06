"""What the factory put in: the unit's own key, and the certificates that are bound to it (`mixin-certificate-1`).

A certificate can be copied from one appliance to another; the key cannot, if it never leaves. So a hub asks: sign this. What is signed is a
text of three lines, `hulian-prove-key-1`, our id, and the challenge, so that the answer stands for nothing else and nobody else.
"""

import base64
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from plug.model import Model

MIXIN = "mixin-certificate-1"


class Badge:
    """The key in `device.key` (PKCS #8, PEM), and the certificates (compact JWS, one a file)."""

    def __init__(self, key: Path | None, claims: list[Path]) -> None:
        self.claims = [path.read_text().strip() for path in claims]
        private = None if key is None else load_pem_private_key(key.read_bytes(), None)
        if private is not None and not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{key} is no Ed25519 key")
        self._private = private

    def actions(self, profiles: Path) -> dict[str, Any]:
        """Return the actions the key brings, as a description has an affordance of a mixin."""
        if self._private is None:
            return {}
        return {"proveKey": {**Model.part(profiles / f"{MIXIN}.yaml")["actions"]["proveKey"], "hl:mixin": MIXIN}}

    def prove(self, identifier: str, challenge: str) -> dict[str, str]:
        """Return the answer of `proveKey`."""
        if self._private is None:
            raise ValueError("there is no key to prove")
        signed = f"hulian-prove-key-1\n{identifier}\n{challenge}"
        signature = base64.urlsafe_b64encode(self._private.sign(signed.encode())).rstrip(b"=").decode()
        return {"signed": signed, "signature": signature}
