"""What drivers of several wires are made of: none of it knows a wire, and a driver takes what it can use."""
