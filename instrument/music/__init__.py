"""What music is: ticks and tempo, meters, keys, ABC tokens, notes. Imports nothing else of ours."""
