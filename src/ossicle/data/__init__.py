"""Training data: corpora, their splits and downloads, mixing and augmentation."""
