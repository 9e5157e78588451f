"""Scores: notes as ABC, as engraving on the page, as a set on paper, and what was played written down."""
