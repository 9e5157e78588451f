"""Notes sent over OSC: the packets, and an output of the player that sends them."""
