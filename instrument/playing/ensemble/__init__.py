"""Ensemble: several Lilts in one session, one of which leads; messages between them, and who leads which bar."""
