"""Text of a graph and its plan: what the C folders of all platforms share; all decisions were made before."""
