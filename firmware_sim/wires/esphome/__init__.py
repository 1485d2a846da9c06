"""What a simulated ESPHome node is made of: its messages, its two ways to frame them, its entities."""
