"""Stress: storms of messages, processes killed, long sessions, random input."""
