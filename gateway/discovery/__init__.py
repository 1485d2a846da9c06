"""Finders, the inbox, and the doctor that tells why something was not found.

    finder (mDNS, a driver's own search, broker, manual list) -> Sighting -> driver.recognise -> Candidate -> inbox
    pending --accept (a person, a rule, or the manual list)--> Registration, stored, then adopted by the supervisor

A unit is what its driver says its key is, never an address: seen at two places it is one entry, and when it moves the
supervisor is told. Nothing is dropped in silence: the doctor knows what was asked where, who answered, and why an
answer was not used.
"""

from gateway.discovery.discovery import Discovery
from gateway.discovery.entry import EntryState, InboxEntry, Place
from gateway.discovery.pace import Pace
from gateway.discovery.store import DiscoveryStore

__all__ = ["Discovery", "DiscoveryStore", "EntryState", "InboxEntry", "Pace", "Place"]
