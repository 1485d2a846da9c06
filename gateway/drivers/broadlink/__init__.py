"""Broadlink infrared transmitters on the LAN (RM mini 3, RM pro, RM4 and their like), and the appliances they speak for."""

from gateway.drivers.broadlink.driver import DRIVER

__all__ = ["DRIVER"]
