"""The parts of a simulated Daikin adapter: who it is, the air conditioner behind it, the pages it serves, and their HTTP."""
