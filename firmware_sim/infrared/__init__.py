"""How infrared remotes put what they mean into marks and gaps: two encodings that are common, written from general knowledge."""
