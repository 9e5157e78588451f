"""Planning ahead: state cache, tune generator, the bar guard. Torch is imported only where a model is stepped."""
