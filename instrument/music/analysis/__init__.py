"""Questions asked of a written tune: its melody, its tonic, the bars of a part, runs of notes."""
