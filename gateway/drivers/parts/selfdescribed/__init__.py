"""Devices that say themselves what they have: their own words in, one of our kinds out, and nothing of what they said is lost."""
