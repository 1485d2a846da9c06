"""AES-128 in CBC, always with the same first block; until a client has a key of its own, under the one that all units are born with."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BORN_WITH = bytes.fromhex("097628343fe99e23765c1513accf8b02")  # published: the same in every unit of the make
FIRST_BLOCK = bytes.fromhex("562e17996d093d28ddb3ba695a2e6f58")  # published likewise
BLOCK = 16


def sealed(key: bytes, clear: bytes) -> bytes:
    """Return clear text under a key, filled with zeros to whole blocks."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(FIRST_BLOCK)).encryptor()
    return encryptor.update(clear + bytes(-len(clear) % BLOCK)) + encryptor.finalize()


def opened(key: bytes, text: bytes) -> bytes:
    """Return what was sealed, fillers included; ValueError when it is no number of whole blocks."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(FIRST_BLOCK)).decryptor()
    return decryptor.update(text) + decryptor.finalize()
