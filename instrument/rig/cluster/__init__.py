"""A thinker elsewhere: on a node of a Ray cluster, with the one on this machine to fall back on."""
