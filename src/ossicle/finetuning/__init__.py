"""Training of float graphs in PyTorch, while weights are pruned or after it."""
