"""The Midea M-Smart LAN protocol, version 2, seen from the appliance's end."""
