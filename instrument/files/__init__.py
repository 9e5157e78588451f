"""Files of the performer, read strictly and written whole: patches, the rig file, the tunebook."""
