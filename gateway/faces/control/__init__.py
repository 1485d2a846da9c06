"""The control socket: how `hulian devices`, `set`, `watch` ... talk to the running gateway."""
