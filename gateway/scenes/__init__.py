"""Scenes: written against kinds and rooms, checked before anything moves, done as one, with the truth about every device."""
