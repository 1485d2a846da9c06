"""Actions as they travel: an envelope around an action and its arguments, the answer, and a fault."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from firmware_sim.wires.dlna.player import Fault
from firmware_sim.wires.dlna.services import TYPES

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_HEAD = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_ENVELOPE}" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
_TAIL = "</s:Body></s:Envelope>"


def asked(service: str, body: bytes) -> tuple[str, dict[str, str]]:
    """Return an action and its arguments; raise Fault for what is none of this service."""
    try:
        element = ET.fromstring(body).find(f"{{{_ENVELOPE}}}Body/*")  # noqa: S314 - clients of tests
    except ET.ParseError as error:
        raise Fault(401, f"no XML: {error}") from error
    if element is None or not element.tag.startswith(f"{{{TYPES[service]}}}"):
        raise Fault(401, "no action of this service")
    return element.tag.partition("}")[2], {argument.tag: argument.text or "" for argument in element}


def answered(service: str, action: str, given: Mapping[str, str]) -> bytes:
    """Return the answer to an action."""
    said = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in given.items())
    return f'{_HEAD}<u:{action}Response xmlns:u="{TYPES[service]}">{said}</u:{action}Response>{_TAIL}'.encode()


def failed(fault: Fault) -> bytes:
    """Return a fault."""
    detail = f'<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{fault.code}</errorCode>'
    detail += f"<errorDescription>{escape(str(fault))}</errorDescription></UPnPError>"
    said = f"<faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>{detail}</detail>"
    return f"{_HEAD}<s:Fault>{said}</s:Fault>{_TAIL}".encode()
