"""Another appliance in the place of one: the id, the room, the scenes stay; what the new one cannot do is known before."""
