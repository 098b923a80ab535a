"""Noise suppression: from a spectrum, or the samples of a frame, to an estimate of the clean one."""
