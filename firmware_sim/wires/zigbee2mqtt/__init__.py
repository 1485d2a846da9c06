"""A simulated Zigbee2MQTT: one bridge on a broker with the devices of its Zigbee network, in the bridge's own words."""
