"""What dualad costs, as multiples of the plain function in the same run: ``python -m benchmarks``."""
