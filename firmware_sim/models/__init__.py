"""What an appliance is made of: one file of physics a kind; the list of them is in `firmware_sim.models.table`."""
