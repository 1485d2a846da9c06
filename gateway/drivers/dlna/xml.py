"""XML of strangers: read by a reader that takes no entities, so that nothing grows; and of an event, what changed."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.drivers.dlna.requester import MISSING
from gateway.errors import ExtraMissing, WireError

_EVENT: Final = "{urn:schemas-upnp-org:event-1-0}property"
_MOST: Final = 64
"""Variables in one notice."""


def element_of(data: bytes | str) -> Any:
    """Return the root of a document; raise WireError for what is none or would grow, ExtraMissing."""
    try:
        from defusedxml import ElementTree  # type: ignore[import-untyped]  # noqa: PLC0415 - only with the extra
        from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise WireError(f"no XML that can be read: {type(error).__name__}") from error


def changes_in(body: bytes) -> Mapping[str, str]:
    """Return the variables a notice tells, those of LastChange among them (instance 0, master channel); raise WireError."""
    changed: dict[str, str] = {}
    for told in element_of(body.rstrip(b" \t\r\n\0")).iter(_EVENT):
        for variable in told:
            changed |= _last_change(variable.text or "") if variable.tag == "LastChange" else {variable.tag: variable.text or ""}
    if len(changed) > _MOST:
        raise WireError(f"a notice of {len(changed)} variables")
    return changed


def _last_change(text: str) -> dict[str, str]:
    changed: dict[str, str] = {}
    for instance in element_of(text) if text.strip() else ():
        if instance.get("val", "0") != "0":
            continue
        for variable in instance:
            if variable.get("channel", variable.get("Channel", "Master")) == "Master" and "val" in variable.attrib:
                changed[str(variable.tag).rpartition("}")[2]] = variable.attrib["val"]
    return changed
