"""Frames: a network without a front end, which takes named arrays in every frame and gives named arrays."""
