"""What an appliance speaks: one module a wire, each with a class `Wire`; the list of them is in `firmware_sim.wire`."""
