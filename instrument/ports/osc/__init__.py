"""OSC server: socket, packets, patterns, requests, answers, subscribers."""
