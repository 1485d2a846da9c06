"""Finders, the inbox, and the doctor that tells why something was not found."""
