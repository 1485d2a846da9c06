"""The digital twin: registry, rooms and names, state, command life cycle, change stream."""
