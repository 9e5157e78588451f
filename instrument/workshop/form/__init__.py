"""Form of tunes: counted in books and in what is played, and fitted for the plans."""
