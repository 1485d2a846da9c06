"""The home over CoAP: `/d/{device}/...` with Observe, JSON, CBOR and SenML (profiles/README.md tells the layout)."""
