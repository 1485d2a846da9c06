"""Gree units on the LAN, protocol versions 1 and 2; `DRIVER` is the record the table of drivers looks for."""

from gateway.drivers.gree.driver import DRIVER
from gateway.drivers.gree.refusal import refusal

__all__ = ["DRIVER", "refusal"]
