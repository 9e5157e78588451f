"""The backing measured: latency, lateness, and what its patterns sound like."""
