"""Parts of the simulated media renderer: what it says it can, its HTTP, how it plays, and whom it tells of changes."""
