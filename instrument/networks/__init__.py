"""What the models know: folk-rnn v2, its vocabulary, its weights on disk, sampling."""
