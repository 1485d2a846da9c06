"""Set-top boxes under the dated rules: what is known of each, by whose word, and what the rules say of it."""
