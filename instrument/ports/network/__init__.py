"""Network: our addresses, who may come in, pairing, zeroconf."""
