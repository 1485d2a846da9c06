"""Why a node that answered the search cannot be used, in words for a person."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.drivers.echonet.mapping import DeviceClass


def refusal(facts: Mapping[str, str]) -> str | None:
    """Return the reason, None when the node can be used."""
    if not facts.get("objects"):
        return "an ECHONET Lite node that does not say what it holds"
    if not usable(facts):
        classes = ", ".join(sorted({f"0x{code[:4].upper()}" for code in facts["objects"].split()}))
        return f"an ECHONET Lite node of class {classes}, for which there is no mapping yet"
    if not facts.get("id"):
        return "an ECHONET Lite node without an identification or production number: it could not be known again at another address"
    return None


def usable(facts: Mapping[str, str]) -> "dict[int, DeviceClass]":
    """Return the objects of a node for which there is mapping data, and the data."""
    from gateway.drivers.echonet.mapping import class_of  # noqa: PLC0415 - with all its words, and no sooner than a unit is there

    objects = (int(code, 16) for code in facts.get("objects", "").split())
    return {code: known for code in objects if (known := class_of(code)) is not None}
