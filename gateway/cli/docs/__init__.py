"""Pages of the standard for people: one a kind, in both languages, static and readable offline."""
