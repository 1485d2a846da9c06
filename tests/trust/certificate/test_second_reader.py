"""Certificates by the dozen, judged by a library nobody here wrote (JWS) and by a second reading of the rules of COSE.

Ten thousand, judged by three libraries, are in `tests/interop/test_certificates.py`.
"""

import base64
import json
import warnings
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from tests.kit.many_certificates import Drawn, many


def by_joserfc(drawn: Drawn) -> Any:
    mine = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(drawn.key.public).rstrip(b"=").decode()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would have the newer name of the algorithm
        try:
            return json.loads(jws.deserialize_compact(drawn.jws, mine, algorithms=["EdDSA"]).payload)
        except (JoseError, ValueError):
            return None


def by_the_rfc(drawn: Drawn) -> Any:
    """Read COSE_Sign1 as RFC 9052, 4.4 has it, with nothing of ours."""
    protected, unprotected, payload, signature = cbor2.loads(drawn.cose).value
    head = cbor2.loads(protected)
    assert (head[1], head[4], unprotected) == (-8, drawn.key.public, {})
    try:
        signed = cbor2.dumps(["Signature1", protected, b"", payload])
        Ed25519PublicKey.from_public_bytes(drawn.key.public).verify(signature, signed)
    except InvalidSignature:
        return None
    return cbor2.loads(payload)


def test_everybody_agrees_on_which_are_genuine_and_on_what_they_say() -> None:
    for drawn in many(60, seed=7):
        ours, by_claim, by_cose = drawn.ours(), by_joserfc(drawn), by_the_rfc(drawn)
        if drawn.spoiled:
            assert (*ours, by_claim, by_cose) == (None, None, None, None)
            continue
        assert ours == (drawn.statement, drawn.statement)
        subject, members = by_claim["vc"]["credentialSubject"], by_cose[-65537]
        assert by_claim["jti"] == by_cose[7].decode() == drawn.statement.number
        assert (by_claim["iat"], by_claim["exp"]) == (by_cose[6], by_cose[4]) == (drawn.statement.issued, drawn.statement.expires)
        assert subject["holder"] == members[2] == drawn.statement.holder
        assert subject["model"] == members[3] == list(drawn.statement.models)
        assert bytes.fromhex(subject.get("verdictRoot", "")) == members.get(13, b"") == drawn.statement.verdict_root
        assert (8 in by_cose) == ("cnf" in by_claim) == bool(drawn.statement.bound_key)
