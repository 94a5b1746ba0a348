"""The lecture examples, and the comparison of the ways to get a derivative, for the classroom."""
