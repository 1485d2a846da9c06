"""The `hulian` command."""
