"""Playing in time: clock, look-ahead buffer, scheduler, note ledger, synth. Never torch, devices or files."""
