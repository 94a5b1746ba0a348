"""Points in space: near ones, hulls, clusters, rotations."""
