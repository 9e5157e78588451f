"""Studies of tunes: feel, openings, the stranger's test, the page of scores."""
