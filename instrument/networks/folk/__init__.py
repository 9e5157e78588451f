"""Folk-tune network in PyTorch: folk-rnn v2, look-back inputs, its vocabulary, its steps by rows and by batches."""
