"""What a simulated Broadlink transmitter is made of: its cipher, its packets, the form of infrared codes, and what it does when asked."""
