"""Televisions and set-top boxes with Google's remote service (Android TV Remote v2): mutual TLS, paired by a code on the screen."""

from gateway.drivers.androidtv.driver import DRIVER

__all__ = ["DRIVER"]
