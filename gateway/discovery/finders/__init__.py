"""Ways to find units; each runs as a task of Discovery and hands on Sightings."""
