"""The node's two ways of framing, and its handshake, with a client's side written here from the Noise specification."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware_sim.wires.esphome.framing import LONGEST, Broken, Enciphered, Plain

KEY = bytes(range(32))
"""A test vector: no node has it."""
NAME = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"


def stretch(chain: bytes, material: bytes, count: int) -> list[bytes]:
    seed, keys, last = hmac.digest(chain, material, "sha256"), [], b""
    for number in range(1, count + 1):
        last = hmac.digest(seed, last + bytes([number]), "sha256")
        keys.append(last)
    return keys


class Client:
    """The initiator of the specification's pattern NNpsk0, step by step."""

    def __init__(self, key: bytes, prologue: bytes = b"NoiseAPIInit\x00\x00") -> None:
        self.own = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
        digest = hashlib.sha256(NAME).digest()
        self.chain, self.hash = digest, hashlib.sha256(digest + prologue).digest()
        self.chain, mixed, self.cipher = stretch(self.chain, key, 3)
        self.hash = hashlib.sha256(self.hash + mixed).digest()

    def first(self) -> bytes:
        public = self.own.public_key().public_bytes_raw()
        self.hash = hashlib.sha256(self.hash + public).digest()
        self.chain, self.cipher = stretch(self.chain, public, 2)
        tag = ChaCha20Poly1305(self.cipher).encrypt(bytes(12), b"", self.hash)
        self.hash = hashlib.sha256(self.hash + tag).digest()
        return public + tag

    def second(self, answer: bytes) -> tuple[bytes, bytes]:
        """Return the key it speaks with and the one it hears with."""
        public = answer[:32]
        self.hash = hashlib.sha256(self.hash + public).digest()
        self.chain, self.cipher = stretch(self.chain, public, 2)
        self.chain, self.cipher = stretch(self.chain, self.own.exchange(X25519PublicKey.from_public_bytes(public)), 2)
        assert ChaCha20Poly1305(self.cipher).decrypt(bytes(12), answer[32:], self.hash) == b""
        speaks, hears = stretch(self.chain, b"", 2)
        return speaks, hears


def framed(content: bytes) -> bytes:
    return b"\x01" + len(content).to_bytes(2, "big") + content


def node() -> tuple[Enciphered, list[bytes]]:
    said: list[bytes] = []
    return Enciphered(KEY, "shed", "aabbccddeeff", said.append), said


def fed(framing: Plain | Enciphered, data: bytes) -> list[tuple[int, bytes]]:
    return list(framing.feed(data))


def shaken() -> tuple[Enciphered, list[bytes], ChaCha20Poly1305, ChaCha20Poly1305]:
    framing, said = node()
    client = Client(KEY)
    assert fed(framing, framed(b"") + framed(b"\x00" + client.first())) == []
    speaks, hears = client.second(said[1][4:])
    return framing, said, ChaCha20Poly1305(speaks), ChaCha20Poly1305(hears)


def test_it_greets_with_its_name_and_mac_and_shakes_hands() -> None:
    framing, said, speaks, hears = shaken()
    assert said[0] == framed(b"\x01shed\x00aabbccddeeff\x00")
    assert fed(framing, framed(speaks.encrypt(bytes(12), b"\x00\x07\x00\x02hi", b""))) == [(7, b"hi")]
    answer = framing.wrap(8, b"ho")
    assert hears.decrypt(bytes(12), answer[3:], b"") == b"\x00\x08\x00\x02ho"


def test_messages_are_numbered_so_a_copy_ends_it() -> None:
    framing, _, speaks, _ = shaken()
    copy = framed(speaks.encrypt(bytes(12), b"\x00\x07\x00\x00", b""))
    assert fed(framing, copy) == [(7, b"")]
    with pytest.raises(Broken):
        fed(framing, copy)
    framing, _, speaks, _ = shaken()
    first = framed(speaks.encrypt(bytes(12), b"\x00\x07\x00\x00", b""))
    second = framed(speaks.encrypt(bytes(4) + b"\x01" + bytes(7), b"\x00\x08\x00\x00", b""))
    assert fed(framing, first + second) == [(7, b""), (8, b"")]


def test_another_key_is_refused_in_the_words_clients_know() -> None:
    framing, _ = node()
    with pytest.raises(Broken) as refused:
        fed(framing, framed(b"") + framed(b"\x00" + Client(bytes(32)).first()))
    assert refused.value.goodbye == framed(b"\x01Handshake MAC failure")


def test_what_was_said_before_belongs_to_the_handshake() -> None:
    framing, _ = node()
    with pytest.raises(Broken):
        fed(framing, framed(b"x") + framed(b"\x00" + Client(KEY).first()))
    framing, said = node()
    fed(framing, framed(b"x") + framed(b"\x00" + Client(KEY, b"NoiseAPIInit\x00\x01x").first()))
    assert len(said) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x01",
        b"GET / HTTP/1.1\r\n",
        b"\x01\xff\xff",
        framed(b"") + framed(b""),
        framed(b"") + framed(b"\x01no"),
        framed(b"") + framed(b"\x00" + bytes(48)),
        framed(b"") + framed(b"\x00short"),
    ],
)
def test_garbage_before_or_in_the_handshake_ends_it(data: bytes) -> None:
    framing, _ = node()
    with pytest.raises(Broken):
        fed(framing, data)


def test_who_speaks_in_clear_is_told_that_a_key_is_wanted() -> None:
    framing, _ = node()
    with pytest.raises(Broken) as refused:
        fed(framing, b"\x00\x00\x01")
    assert refused.value.goodbye[3:4] == b"\x01"


def test_a_record_that_lies_about_its_length_ends_it() -> None:
    framing, _, speaks, _ = shaken()
    with pytest.raises(Broken):
        fed(framing, framed(speaks.encrypt(bytes(12), b"\x00\x07\x00\x09hi", b"")))


def test_in_clear_a_message_may_come_byte_by_byte() -> None:
    framing, heard = Plain(), []
    for byte in bytes.fromhex("0003c801616263") + b"\x00\x00\x07":
        heard += fed(framing, bytes([byte]))
    assert heard == [(200, b"abc"), (7, b"")]
    assert framing.wrap(200, b"abc") == bytes.fromhex("0003c801616263")


@pytest.mark.parametrize("data", [b"\x01\x00\x00", b"\x02", b"\x00" + b"\xff" * 12, b"\x00\xff\xff\x7f\x01"])
def test_in_clear_garbage_and_endless_messages_end_it(data: bytes) -> None:
    with pytest.raises(Broken):
        fed(Plain(), data)
    assert len(data) < LONGEST


def test_nothing_is_said_before_the_handshake() -> None:
    framing, _ = node()
    with pytest.raises(Broken):
        framing.wrap(7, b"")
