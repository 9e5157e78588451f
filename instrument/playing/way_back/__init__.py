"""The way back in the player: changes undone, tunes played again, loops."""
