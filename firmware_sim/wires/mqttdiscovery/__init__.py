"""What the simulated firmwares that announce themselves over MQTT have: their words for an appliance, and their announcements."""
