"""Networks of others, as files of other formats: read, understood, lowered to a graph, and proven."""
