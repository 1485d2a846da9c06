"""The home over MQTT 3.1.1 and 5: `hulian/1/{gateway}/{device}/...` (profiles/README.md tells the layout)."""
