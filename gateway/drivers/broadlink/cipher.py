"""The make's cipher: AES in CBC with a first block everybody knows, and until a unit lets us in with a key everybody knows too.

So who listens when we are let in knows the session's key: this keeps out noise and mistakes, and nobody else.
"""

from typing import TYPE_CHECKING, Final

from gateway.errors import ExtraMissing, WireError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

FIRST_KEY: Final = bytes.fromhex("097628343fe99e23765c1513accf8b02")  # published: the same in every unit of the make
_START: Final = bytes.fromhex("562e17996d093d28ddb3ba695a2e6f58")  # published likewise
BLOCK: Final = 16


def seal(key: bytes, clear: bytes) -> bytes:
    """Return clear text in whole blocks under a key; raise ExtraMissing."""
    encryptor = _cipher(key).encryptor()
    return encryptor.update(clear.ljust(-(-len(clear) // BLOCK) * BLOCK, b"\0")) + encryptor.finalize()


def unseal(key: bytes, text: bytes) -> bytes:
    """Return what is in there, filled up with zeros to whole blocks; raise WireError when it is no number of blocks, ExtraMissing."""
    if len(text) % BLOCK:
        raise WireError("a body that is no number of blocks")
    decryptor = _cipher(key).decryptor()
    return decryptor.update(text) + decryptor.finalize()


def _cipher(key: bytes) -> "Cipher[CBC]":
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - only once such a unit is there
    except ImportError as error:
        raise ExtraMissing("Broadlink units need the extra 'broadlink': pip install 'hulian[broadlink]'") from error
    return Cipher(algorithms.AES(key), modes.CBC(_START))
