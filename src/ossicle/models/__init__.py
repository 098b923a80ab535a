"""The networks in PyTorch, for training."""
