"""Playing in time, without devices: the player is a function of what comes in. Never torch, devices or files."""
