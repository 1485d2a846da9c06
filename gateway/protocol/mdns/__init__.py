"""mDNS: saying what is here, and hearing who else is. The only place that knows the zeroconf library."""

from gateway.protocol.mdns.announcer import Announcer
from gateway.protocol.mdns.answer import Answer, Note
from gateway.protocol.mdns.browser import Browser

__all__ = ["Announcer", "Answer", "Browser", "Note"]
