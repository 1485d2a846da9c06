import asyncio
import sys
from datetime import UTC, datetime

import orjson
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BadSyntax, CommandError, ConfigurationInvalid, ExtraMissing, StateConflict, StorageDamaged
from gateway.trust.authority import Authority
from gateway.trust.certificates import DOMAINS
from gateway.trust.public_key import fingerprint, public_key
from gateway.trust.signer import Signer
from gateway.trust.vault import Vault
from tests.kit.secrets import MemorySecrets, SetClock

DAY = 86400.0
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SIGNER = Signer.made("hub-7f3k2m", NOW)


def spki(key: object, encoding: serialization.Encoding = serialization.Encoding.PEM) -> bytes:
    return key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, encoding: serialization.Encoding = serialization.Encoding.PEM) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "owner")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(encoding)


class Place:
    """A vault in memory and an authority in it, which can be started again."""

    def __init__(self, now: float = NOW, *, expected: bool = False) -> None:
        self.store = MemorySecrets()
        self.clock = SetClock(now)
        self.expected = expected
        self.again()

    def again(self) -> None:
        self.vault = Vault(bytes(32), self.store)
        asyncio.run(self.vault.load())
        self.authority = Authority(self.vault.compartment("authority"), "hub-7f3k2m", self.clock, expected=lambda: self.expected)


def loaded(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def common_name(certificate: x509.Certificate) -> str:
    (found,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found.value)


# What is issued


def test_a_clients_certificate_says_who_it_is_and_nothing_more() -> None:
    place = Place()
    issued = asyncio.run(place.authority.issue("phone-7f3k2m", spki(P256)))
    authority, certificate = loaded(asyncio.run(place.authority.certificate())), loaded(issued.certificate)
    certificate.verify_directly_issued_by(authority)
    assert (common_name(certificate), len(list(certificate.subject))) == ("phone-7f3k2m", 1)
    assert (issued.serial, issued.key) == (f"{certificate.serial_number:x}", fingerprint(P256.public_key()))
    assert issued.expires == certificate.not_valid_after_utc.timestamp() == NOW + 3650 * DAY
    extensions = certificate.extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    with pytest.raises(x509.ExtensionNotFound):
        extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_the_authority_may_sign_nothing_but_this_home_for_twenty_years() -> None:
    authority = loaded(SIGNER.certificate)
    extensions = authority.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    names = extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    assert [each.value for each in names if isinstance(each, x509.DNSName)] == list(DOMAINS)
    assert SIGNER.expires - NOW == 20 * 365 * DAY


def test_a_client_is_certified_for_ten_years_unless_said_otherwise() -> None:
    place = Place()
    assert asyncio.run(place.authority.issue("x-1", spki(ED25519))).expires - NOW == 3650 * DAY
    assert asyncio.run(place.authority.issue("x-2", spki(ED25519), days=2)).expires - NOW == 2 * DAY


@pytest.mark.parametrize(
    "text",
    [
        spki(P256),
        spki(P256, serialization.Encoding.DER),
        spki(ED25519),
        spki(ED25519, serialization.Encoding.DER),
        request(P256),
        request(P256, serialization.Encoding.DER),
        b"\n\n" + spki(P256),
    ],
    ids=["pem", "der", "ed25519 pem", "ed25519 der", "request", "request der", "empty lines before it"],
)
def test_good_keys_and_requests_are_taken_and_the_requests_name_is_not(text: bytes) -> None:
    issued = SIGNER.issue("phone-1", text, now=NOW, days=1)
    assert common_name(loaded(issued.certificate)) == "phone-1"
    assert issued.key in {fingerprint(P256.public_key()), fingerprint(ED25519.public_key())}


def test_serials_are_never_the_same() -> None:
    assert len({SIGNER.issue("phone-1", spki(P256), now=NOW, days=1).serial for _ in range(100)}) == 100


FORGED = bytearray(request(P256, serialization.Encoding.DER))
FORGED[-3] ^= 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (spki(rsa.generate_private_key(65537, 1024)), "RSA 1024"),
        (spki(rsa.generate_private_key(65537, 2048)), "RSA 2048"),
        (request(rsa.generate_private_key(65537, 2048)), "RSA 2048"),
        (spki(ec.generate_private_key(ec.SECP192R1())), "secp192r1|no public key"),
        (spki(ec.generate_private_key(ec.SECP384R1())), "secp384r1"),
        (spki(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
        (spki(ed448.Ed448PrivateKey.generate()), "Ed448"),
        (spki(x25519.X25519PrivateKey.generate()), "X25519"),
        (spki(dsa.generate_private_key(1024)), "DSA"),
        (bytes(FORGED), "not signed"),
        (b"", "no public key"),
        (b"junk", "no public key"),
        (b"\0" * 4096, "no public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key"),
        (b"-----BEGIN PUBLIC KEY-----\n" + bytes(range(200, 256)), "no public key"),
        (spki(P256)[:-40], "no public key"),
        (b"x" * 4097, "at most 4096"),
        (
            P256.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")),
            "private key",
        ),
    ],
)
def test_bad_keys_are_refused_with_what_to_bring(text: bytes, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        SIGNER.issue("phone-1", text, now=NOW, days=1)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda tail: spki(P256, serialization.Encoding.DER)[:30] + tail)))
def test_no_bytes_at_all_do_more_than_be_refused(text: bytes) -> None:
    try:
        found = public_key(text)
    except CommandError:
        return
    assert isinstance(found, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)


@pytest.mark.parametrize("id", ["../x", "+/#", "$SYS", "a\0b", "a" * 10_000, "", "Phone", "a b", "c", "名"])
def test_names_that_are_no_ids_are_never_certified(id: str) -> None:
    with pytest.raises(BadSyntax):
        SIGNER.issue(id, spki(P256), now=NOW, days=1)


# Time


@pytest.mark.parametrize("clock", [0.0, -1e9, 1e9, NOW - 400 * DAY, NOW, NOW + 3600])
def test_what_is_issued_under_any_clock_is_valid_by_that_clock_and_in_truth(clock: float) -> None:
    signer = Signer.made("hub-1", clock)
    server, _ = signer.serve(["hub-1.local"], ["192.168.1.2"], now=clock, old=None)
    client = signer.issue("phone-1", spki(P256), now=clock, days=730)
    for each in (loaded(signer.certificate), loaded(server.certificate), loaded(client.certificate)):
        for moment in (max(clock, 0.0), NOW):
            assert each.not_valid_before_utc.timestamp() <= moment < each.not_valid_after_utc.timestamp()
        assert each.not_valid_before_utc < each.not_valid_after_utc


def test_a_hub_whose_clock_falls_back_still_opens_what_it_issued() -> None:
    issued = loaded(SIGNER.issue("phone-1", spki(P256), now=NOW, days=730).certificate)
    assert issued.not_valid_before_utc <= datetime(2023, 2, 1, tzinfo=UTC)


def test_nothing_outlives_the_authority_and_a_clock_past_its_end_is_named() -> None:
    late = SIGNER.expires - 10 * DAY
    assert SIGNER.issue("phone-1", spki(P256), now=late, days=730).expires == SIGNER.expires
    with pytest.raises(StateConflict, match="set the clock"):
        SIGNER.issue("phone-1", spki(P256), now=SIGNER.expires + 1, days=730)


# The hub's own certificate


def test_the_hubs_certificate_is_kept_until_something_changes_or_it_nears_its_end() -> None:
    place = Place()

    def serial(*addresses: str) -> int:
        place.again()
        return loaded(asyncio.run(place.authority.serve(["hub-7f3k2m.local", "localhost"], addresses)).certificate).serial_number

    first = serial("192.168.1.2", "127.0.0.1")
    assert serial("127.0.0.1", "192.168.1.2") == first
    place.clock.moment = NOW + 700 * DAY
    assert serial("192.168.1.2", "127.0.0.1") == first
    place.clock.moment = NOW + 745 * DAY
    second = serial("192.168.1.2", "127.0.0.1")
    third = serial("192.168.1.3", "127.0.0.1")
    place.clock.moment = 0.0
    assert len({first, second, third, serial("192.168.1.3", "127.0.0.1")}) == 3


def test_the_hubs_certificate_names_its_addresses_and_is_no_clients() -> None:
    identity, _ = SIGNER.serve(["Hub-7F3K2M.local."], ["192.168.1.2", "fe80::1%eth0", "2001:db8::5"], now=NOW, old=None)
    extensions = loaded(identity.certificate).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["hub-7f3k2m.local"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.2", "2001:db8::5", "fe80::1"]
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert "PRIVATE" not in repr(identity)


@pytest.mark.parametrize(
    "name", ["bank.com", "local.bank.com", "*.local", "a..local", "-a.local", "x" * 64 + ".local", "a b.local", "", "é.local", "a\n.local"]
)
def test_the_hub_cannot_be_called_what_is_no_home(name: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        SIGNER.serve([name], [], now=NOW, old=None)


@pytest.mark.parametrize("address", ["8.8.8.8", "nonsense", "", "192.168.1.0/24", "x" * 10_000])
def test_the_hub_cannot_be_at_what_is_no_address_of_a_home(address: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        SIGNER.serve([], [address], now=NOW, old=None)
    with pytest.raises(ConfigurationInvalid, match="needs a name"):
        SIGNER.serve([], [], now=NOW, old=None)


@pytest.mark.parametrize("old", [b"", b"{}", b'{"certificate": 1, "key": 2}', b"\xff", b'{"certificate": "", "key": ""}', b"[]"])
def test_a_spoilt_server_row_is_made_anew(old: bytes) -> None:
    identity, row = SIGNER.serve(["hub-1.local"], [], now=NOW, old=old)
    assert row != old
    assert SIGNER.serve(["hub-1.local"], [], now=NOW, old=row) == (identity, row)


def test_a_server_row_of_another_authority_is_made_anew() -> None:
    _, row = Signer.made("hub-7f3k2m", NOW).serve(["hub-1.local"], [], now=NOW, old=None)
    assert SIGNER.serve(["hub-1.local"], [], now=NOW, old=row)[1] != row


# Revocation


def test_the_revocation_list_is_signed_and_names_exactly_the_revoked() -> None:
    place = Place()

    async def work() -> None:
        gone = [(await place.authority.issue(f"phone-{number}", spki(P256))).serial for number in range(3)]
        listed = x509.load_pem_x509_crl(await place.authority.revocation_list([*gone, gone[0]]))
        assert sorted(f"{each.serial_number:x}" for each in listed) == sorted(gone)
        authority = loaded(await place.authority.certificate())
        key = authority.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert listed.is_signature_valid(key)
        assert listed.next_update_utc == authority.not_valid_after_utc
        assert list(x509.load_pem_x509_crl(await place.authority.revocation_list([]))) == []

    asyncio.run(work())


# What is kept


def test_the_authority_is_made_once_also_when_two_need_it_at_once() -> None:
    place = Place()

    async def both() -> None:
        first, second = await asyncio.gather(place.authority.certificate(), place.authority.certificate())
        assert first == second

    asyncio.run(both())
    first = asyncio.run(place.authority.certificate())
    place.again()
    assert asyncio.run(place.authority.certificate()) == first
    assert set(place.store.rows) == {("authority", "home")}


def test_a_new_owner_gets_a_new_authority_and_nothing_of_the_old_opens_any_more() -> None:
    place = Place()

    async def work() -> None:
        client = await place.authority.issue("phone-1", spki(P256))
        server = await place.authority.serve(["hub-1.local"], [])
        loaded(client.certificate).verify_directly_issued_by(loaded(await place.authority.certificate()))
        await place.authority.renew()
        new = loaded(await place.authority.certificate())
        for each in (client.certificate, server.certificate):
            with pytest.raises(InvalidSignature):
                loaded(each).verify_directly_issued_by(new)
        loaded((await place.authority.serve(["hub-1.local"], [])).certificate).verify_directly_issued_by(new)

    asyncio.run(work())
    before = asyncio.run(place.authority.certificate())
    place.again()
    assert asyncio.run(place.authority.certificate()) == before


def test_a_lost_authority_is_not_replaced_unasked_while_it_certified_clients() -> None:
    place = Place(expected=True)
    with pytest.raises(StorageDamaged, match="hulian reset"):
        asyncio.run(place.authority.certificate())
    assert place.store.rows == {}
    place.expected = False
    asyncio.run(place.authority.certificate())


WHOLE = SIGNER.row()


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        WHOLE[: len(WHOLE) // 2],
        WHOLE.replace(b"BEGIN CERT", b"BEGIN CORT"),
        WHOLE.replace(b"PRIVATE", b"PRIVITE"),
        b"\xff" * 9,
    ],
)
def test_a_half_written_authority_is_refused_and_says_what_helps(row: bytes) -> None:
    place = Place()
    asyncio.run(place.vault.compartment("authority").put("home", row))
    with pytest.raises(StorageDamaged, match="hulian reset"):
        asyncio.run(place.authority.issue("phone-1", spki(P256)))
    assert place.vault.compartment("authority").get("home") == row


def test_an_authority_whose_key_is_anothers_or_that_is_none_is_refused() -> None:
    other, server = orjson.loads(Signer.made("hub-7f3k2m", NOW).row()), orjson.loads(SIGNER.serve(["a.local"], [], now=NOW, old=None)[1])
    mixed = orjson.dumps(orjson.loads(WHOLE) | {"key": other["key"]})
    for row in (mixed, orjson.dumps(server)):
        with pytest.raises(StorageDamaged, match=r"do not belong together|cannot be read"):
            Signer.read("hub-7f3k2m", row)


def test_a_flipped_bit_in_the_row_is_refused_and_in_the_servers_row_repaired() -> None:
    place = Place()
    asyncio.run(place.authority.serve(["hub-1.local"], []))
    for name in ("home", "server"):
        row = bytearray(place.store.rows["authority", name])
        row[40] ^= 1
        place.store.rows["authority", name + "-kept"] = place.store.rows["authority", name]
        place.store.rows["authority", name] = bytes(row)
    asyncio.run(place.vault.compartment("clients").put("x", b"so that the key opens something"))
    place.again()
    with pytest.raises(StorageDamaged, match="cannot be opened"):
        asyncio.run(place.authority.certificate())
    place.store.rows["authority", "home"] = place.store.rows["authority", "home-kept"]
    place.again()
    assert b"CERTIFICATE" in asyncio.run(place.authority.serve(["hub-1.local"], [])).certificate


def test_without_the_library_it_is_said_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place()
    monkeypatch.setitem(sys.modules, "gateway.trust.signer", None)
    with pytest.raises(ExtraMissing, match=r"hulian\[trust\]"):
        asyncio.run(place.authority.certificate())
