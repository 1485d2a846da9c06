"""An appliance that carries certificates: it shows them and the action that proves their key, and is otherwise what it was."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware_sim.badge import read_badge
from firmware_sim.build import make_appliance
from firmware_sim.home_file import read_home
from firmware_sim.parts import with_parts
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.wires.native_forms import NativeForms
from gateway.trust.certificate.jws import from_base64url

CHALLENGE = "C" * 43


@pytest.fixture
def factory(tmp_path: Path) -> Path:
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key = Ed25519PrivateKey.generate().private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "unit.key").write_bytes(key)
    (tmp_path / "claim.jws").write_text("a.b.c\n")
    return tmp_path


def test_it_shows_its_certificates_and_proves_their_key(factory: Path) -> None:
    badge = read_badge([factory / "claim.jws"], factory / "unit.key")
    appliance = make_appliance("light", identifier="lamp-1", badge=badge)
    assert appliance.values()["claims"] == ["a.b.c"]
    shown = appliance.thing_description(NativeForms("lamp-1", coap="coap://127.0.0.1"))["actions"]["proveKey"]
    assert shown["hl:mixin"] == "mixin-certificate-1"
    out = appliance.invoke("proveKey", {"challenge": CHALLENGE}).last.output
    assert out["signed"] == f"hulian-prove-key-1\nlamp-1\n{CHALLENGE}"
    key = serialization.load_pem_private_key((factory / "unit.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    key.public_key().verify(from_base64url(out["signature"]), out["signed"].encode())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(from_base64url(out["signature"]), out["signed"].replace("lamp-1", "lamp-2").encode())
    with pytest.raises(Refusal):
        appliance.invoke("proveKey", {"challenge": "short"})


def test_a_home_file_names_them_from_where_it_lies(factory: Path) -> None:
    row = "{id: lamp-1, kind: light, wire: native-coap, claims: [claim.jws], device_key: unit.key}"
    (factory / "home.yaml").write_text(f"name: test home\nunits:\n  - {row}\n")
    (plan,) = read_home(str(factory / "home.yaml"), base_address="127.0.0.2").units
    assert plan.badge is not None
    assert plan.badge.claims == ["a.b.c"]
    assert plan.badge.sign is not None


def test_without_a_key_there_is_nothing_to_prove_and_without_both_nothing_at_all(factory: Path) -> None:
    bare = make_appliance("light", badge=read_badge([factory / "claim.jws"], None))
    assert bare.values()["claims"] == ["a.b.c"]
    assert "proveKey" not in bare.surface.actions
    assert read_badge([], None) is None
    assert "proveKey" not in make_appliance("light").surface.actions, "appliances that share a surface stay as they are"


def test_the_parts_of_a_composite_do_not_carry_what_the_whole_was_given(factory: Path) -> None:
    plan = UnitPlan(kind="integrated-stove", wire="native-coap", claims=(factory / "claim.jws",), device_key=factory / "unit.key")
    whole, *parts = with_parts(plan)
    assert whole.badge is not None
    assert all(part.badge is None for part in parts)


def test_what_no_appliance_can_carry_is_refused_in_words(factory: Path) -> None:
    (factory / "long.jws").write_text("a" * 8193)
    (factory / "noise.key").write_bytes(b"noise")
    for claims, key, why in (
        ([factory / "long.jws"], None, "at most"),
        (17 * [factory / "claim.jws"], None, "at most"),
        ([factory / "missing"], None, "cannot be read"),
        ([], factory / "noise.key", "no private key"),
    ):
        with pytest.raises(SetupMistake, match=why):
            read_badge(claims, key)
