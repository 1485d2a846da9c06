"""ECHONET Lite seen from the appliance's end: frames, objects, the node that holds them."""
