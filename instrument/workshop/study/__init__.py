"""Studies of the models: beams, activations, precision, experts; their pictures."""
