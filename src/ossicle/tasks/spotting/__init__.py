"""Keyword spotting: from a patch of features to the posteriors of words, and which one was spoken."""
