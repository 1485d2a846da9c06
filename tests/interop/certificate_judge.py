"""Run inside .venv-certificates: read certificates with libraries that know nothing of Hulian, and say what they make of them.

Reads lines of JSON {"cose", "jws", "key"} from standard input (COSE and key in hexadecimal); writes for each {"cwt", "pycose", "joserfc"}:
what the certificate says by that library (without what only we compare), or null where it refuses it.
"""

import base64
import json
import sys
from typing import Any

import cbor2
from cwt import COSE, COSEKey  # type: ignore[import-not-found]
from joserfc import jws
from joserfc.jwk import OKPKey
from pycose.keys import OKPKey as CoseKey  # type: ignore[import-not-found]
from pycose.keys.curves import Ed25519  # type: ignore[import-not-found]
from pycose.messages import CoseMessage  # type: ignore[import-not-found]


def by_cwt(cose: bytes, key: bytes) -> Any:
    mine = COSEKey.new({1: 1, -1: 6, -2: key, 2: key, 3: -8})
    return cbor2.loads(COSE.new().decode(cose, mine))


def by_pycose(cose: bytes, key: bytes) -> Any:
    message = CoseMessage.decode(cose)
    message.key = CoseKey(crv=Ed25519, x=key)
    return cbor2.loads(message.payload) if message.verify_signature() else None


def by_joserfc(text: str, key: bytes) -> Any:
    mine = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(key).rstrip(b"=").decode()})
    return json.loads(jws.deserialize_compact(text, mine, algorithms=["EdDSA"]).payload)


def plain(value: Any) -> Any:
    """Return a value as JSON data: bytes in hexadecimal, keys as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def tried(judge: Any, text: Any, key: bytes) -> Any:
    try:
        return plain(judge(text, key))
    except Exception:  # noqa: BLE001 - whatever a library raises is its refusal
        return None


for line in sys.stdin:
    asked = json.loads(line)
    cose, signer = bytes.fromhex(asked["cose"]), bytes.fromhex(asked["key"])
    found = {
        "cwt": tried(by_cwt, cose, signer),
        "pycose": tried(by_pycose, cose, signer),
        "joserfc": tried(by_joserfc, asked["jws"], signer),
    }
    sys.stdout.write(json.dumps(found) + "\n")
