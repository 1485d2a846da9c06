"""A smart plug that speaks the Hulian profile over MQTT and CoAP, written from the text of the standard alone: an example to copy."""
