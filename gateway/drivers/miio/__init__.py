"""Xiaomi's devices on the LAN (miIO, MIoT); `DRIVER` is the record the table of drivers looks for."""

from gateway.drivers.miio.driver import DRIVER

__all__ = ["DRIVER"]
