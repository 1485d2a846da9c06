"""The open protocol: names, payloads, MQTT client and broker, CoAP endpoint and client, mDNS. Knows no home and no device."""
