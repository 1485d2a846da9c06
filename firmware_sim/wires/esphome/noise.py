"""The handshake of an enciphered session, the node's side: Noise_NNpsk0_25519_ChaChaPoly_SHA256, read from the Noise specification.

Both ends know a key of 32 bytes. The client sends a fresh public key and a tag that only who knows that key can make; the node answers with
a fresh public key of its own. Everything said is mixed into a hash and a chaining key; of the latter come two keys, one for each way, and
each message has a number of its own (never sent: who misses one message reads no further).
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NAME = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"
PUBLIC = 32


class Refused(Exception):
    """The other side does not know the key, or what it says was changed on the way."""


class Cipher:
    """One direction: a key, and how many messages it has had."""

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._count = 0

    def seal(self, clear: bytes, bound: bytes = b"") -> bytes:
        """Encipher the next message."""
        return self._cipher.encrypt(self._nonce(), clear, bound)

    def open(self, sealed: bytes, bound: bytes = b"") -> bytes:
        """Decipher the next message; raise Refused."""
        try:
            return self._cipher.decrypt(self._nonce(), sealed, bound)
        except (InvalidTag, ValueError) as fault:
            raise Refused("a message that this key did not make") from fault

    def _nonce(self) -> bytes:
        number, self._count = self._count, self._count + 1
        return bytes(4) + number.to_bytes(8, "little")


class Handshake:
    """The node's side of one handshake; `prologue` is what both said before it."""

    def __init__(self, key: bytes, prologue: bytes) -> None:
        self._hash = hashlib.sha256(NAME).digest()
        self._chain = self._hash
        self._cipher = Cipher(bytes(32))
        self._stir(prologue)
        self._key = key

    def answer(self, asked: bytes, own: X25519PrivateKey | None = None) -> tuple[bytes, Cipher, Cipher]:
        """Return the answer to the client's message, the cipher it speaks with and the node's own; raise Refused."""
        chain, stirred, key = _stretch(self._chain, self._key, 3)
        self._chain = chain
        self._stir(stirred)
        self._cipher = Cipher(key)
        theirs = asked[:PUBLIC]
        self._public(theirs)
        self._open(asked[PUBLIC:])
        own = own or X25519PrivateKey.generate()
        mine = own.public_key().public_bytes_raw()
        self._public(mine)
        self._mix(_shared(own, theirs))
        reply = mine + self._seal(b"")
        inward, outward = _stretch(self._chain, b"", 2)
        return reply, Cipher(inward), Cipher(outward)

    def _public(self, key: bytes) -> None:
        self._stir(key)
        self._mix(key)  # in patterns with a shared key the fresh public keys are mixed in as well

    def _stir(self, data: bytes) -> None:
        self._hash = hashlib.sha256(self._hash + data).digest()

    def _mix(self, material: bytes) -> None:
        self._chain, key = _stretch(self._chain, material, 2)
        self._cipher = Cipher(key)

    def _open(self, sealed: bytes) -> bytes:
        clear = self._cipher.open(sealed, self._hash)
        self._stir(sealed)
        return clear

    def _seal(self, clear: bytes) -> bytes:
        sealed = self._cipher.seal(clear, self._hash)
        self._stir(sealed)
        return sealed


def _shared(own: X25519PrivateKey, theirs: bytes) -> bytes:
    try:
        return own.exchange(X25519PublicKey.from_public_bytes(theirs))
    except ValueError as fault:
        raise Refused("no point of the curve") from fault


def _stretch(chain: bytes, material: bytes, count: int) -> list[bytes]:
    """Return `count` keys of 32 bytes from a chaining key and something new (HKDF as Noise has it)."""
    seed = hmac.digest(chain, material, "sha256")
    keys: list[bytes] = []
    for number in range(1, count + 1):
        keys.append(hmac.digest(seed, (keys[-1] if keys else b"") + bytes([number]), "sha256"))
    return keys
