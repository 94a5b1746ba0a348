"""Sparse Jacobians and Hessians: patterns, colourings, plans, and their evaluation."""
