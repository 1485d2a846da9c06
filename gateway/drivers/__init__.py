"""Drivers: one module or package per wire, one line each in `table`, all supervised alike."""
