"""Read, resolve and check profiles; make Thing Descriptions."""
