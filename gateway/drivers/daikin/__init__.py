"""Daikin air conditioners with a Wi-Fi adapter that speaks plain HTTP on the LAN (BRP069, BRP072A and their like)."""

from gateway.drivers.daikin.driver import DRIVER

__all__ = ["DRIVER"]
