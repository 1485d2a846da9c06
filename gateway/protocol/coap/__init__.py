"""CoAP both ways: a server that survives any datagram, and a client for appliances that speak it."""

from gateway.protocol.coap.client import CoapClient
from gateway.protocol.coap.guard import Limits
from gateway.protocol.coap.message import Method, Request, Response
from gateway.protocol.coap.server import CoapServer

__all__ = ["CoapClient", "CoapServer", "Limits", "Method", "Request", "Response"]
