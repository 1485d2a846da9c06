"""When a scene runs by itself: triggers, conditions, and who watches for them."""
