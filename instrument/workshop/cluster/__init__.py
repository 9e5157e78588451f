"""Tasks of a study: side by side in processes of this machine, or over the nodes of a Ray cluster."""
