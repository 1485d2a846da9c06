"""Xiaomi's miIO as a device speaks it: packets, identity, the tables of its models, and the board that answers."""
