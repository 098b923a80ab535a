"""Measurements, as plain data: quality, size, speed, and what quantization loses where."""
