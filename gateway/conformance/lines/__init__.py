"""The two transports a device is judged over."""
