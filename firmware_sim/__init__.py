"""Simulated appliances: physics, kinds, wires, faults and whole homes. Nothing here knows the gateway."""
