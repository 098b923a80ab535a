"""Quality of a model, its speed, size and energy, measured or estimated, as plain data."""
