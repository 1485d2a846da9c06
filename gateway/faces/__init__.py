"""What the home shows outside."""
