"""Rig: from a patch to running processes, restarted when they die."""
