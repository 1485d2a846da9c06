"""DLNA media renderers, the players of televisions and set-top boxes: found over SSDP, driven by SOAP, heard by events."""

from gateway.drivers.dlna.driver import DRIVER

__all__ = ["DRIVER"]
