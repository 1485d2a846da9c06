"""Every device as entities of Home Assistant, through MQTT discovery made from the profiles' hooks alone."""
