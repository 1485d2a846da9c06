"""Hulian, the open interoperability gateway for home appliances; ARCHITECTURE.md draws the house."""
