"""Planning ahead: state cache, tune generator, the bar guard. Modules here import torch only where they step a model."""
