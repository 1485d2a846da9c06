"""Midea M-Smart units on the LAN, protocol version 2; `DRIVER` is the record the table of drivers looks for."""

from gateway.drivers.midea.driver import DRIVER
from gateway.drivers.midea.refusal import refusal

__all__ = ["DRIVER", "refusal"]
