"""Dances and how they are played: names, meters, lilt, swing, ornaments, phrasing, a hand's timing."""
