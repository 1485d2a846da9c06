"""Hypothesis strategies made from a profile: legal feature sets, values, states and descriptions, and what is just beyond them.

For tests and for the conformance suite only: nothing on the way of a message imports them (Hypothesis is an extra).
"""
