"""Audio files, and the one definition of the transform and of the mel features."""
