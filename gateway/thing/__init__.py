"""The vocabulary every room speaks: frozen, plain, and importing nothing but the standard library."""
