"""Controls of the performer: the table, snapshots of their values, readings, requests to the thinker."""
