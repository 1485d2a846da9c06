"""Certificates an appliance carries, and the key they are bound to: what a factory put into it.

It lists the certificates in `claims` and answers `proveKey` (`mixin-certificate-1`): it signs a text of three lines, so that the answer
stands for this question put to this appliance and for nothing else. Whoever copies the certificates does not have the key.
"""

import base64
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path
from typing import Any

from firmware_sim.profile import FOLDER, read
from firmware_sim.refusal import SetupMistake
from firmware_sim.surface import Surface

ACTION = "proveKey"
_MIXIN = "mixin-certificate-1"
_DOMAIN = "hulian-prove-key-1"
_MOST, _LONGEST = 16, 8192
"""As many claims, of as many characters, as the profile has room for."""


class Badge:
    """The certificates (compact JWS) of one appliance and, where it has one, its Ed25519 key."""

    def __init__(self, claims: Iterable[str], sign: Callable[[bytes], bytes] | None = None) -> None:
        self.claims = list(claims)
        self.sign = sign

    def shown_on(self, surface: Surface) -> Surface:
        """Return a surface that has `proveKey`, where there is a key to prove."""
        if self.sign is None:
            return surface
        shown = copy(surface)
        shown.actions = {**surface.actions, ACTION: {**read(FOLDER / f"{_MIXIN}.yaml")["actions"][ACTION], "hl:mixin": _MIXIN}}
        return shown

    def prove(self, identifier: str, challenge: str) -> dict[str, str]:
        """Return the answer of `proveKey` of the appliance with this id."""
        signed = f"{_DOMAIN}\n{identifier}\n{challenge}"
        signature = self.sign(signed.encode()) if self.sign is not None else b""
        return {"signed": signed, "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode()}


def read_badge(claims: Iterable[Path], key: Path | None) -> Badge | None:
    """Return what a factory left in files, None when that is nothing; SetupMistake for what no appliance can carry."""
    texts = [_text(path).decode(errors="replace").strip() for path in claims]
    if len(texts) > _MOST or any(len(text) > _LONGEST for text in texts):
        raise SetupMistake(f"an appliance carries at most {_MOST} claims of at most {_LONGEST} characters")
    if not texts and key is None:
        return None
    return Badge(texts, _signer(key) if key is not None else None)


def _signer(path: Path) -> Callable[[bytes], bytes]:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - likewise
    except ImportError:
        raise SetupMistake("proving a key needs the cryptography library: pip install 'hulian[trust]'") from None
    try:
        key: Any = load_pem_private_key(_text(path), None)
    except (ValueError, TypeError):
        raise SetupMistake(f"{path} is no private key without a passphrase (hulian certificate keygen)") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupMistake(f"{path} is no Ed25519 key (hulian certificate keygen)")
    return key.sign


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupMistake(f"{path} cannot be read: {error.strerror}") from None
