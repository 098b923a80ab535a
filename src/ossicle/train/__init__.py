"""Training: recipes, losses, loops, checkpoints, curves; it ends with a model file."""
