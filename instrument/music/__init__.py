"""Values of music: ticks and tempo, meters, keys, notes, measures, plans. Imports nothing else of ours."""
