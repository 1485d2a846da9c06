"""Gree's LAN protocol as a unit speaks it, in pieces; the wire itself is `wires/gree_lan.py`."""
