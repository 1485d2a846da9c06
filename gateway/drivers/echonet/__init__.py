"""ECHONET Lite appliances on the LAN; `DRIVER` is the record the table of drivers looks for."""

from gateway.drivers.echonet.driver import DRIVER
from gateway.drivers.echonet.refusal import refusal

__all__ = ["DRIVER", "refusal"]
