"""What the performer asks for: the one table of controls, immutable snapshots, patches."""
