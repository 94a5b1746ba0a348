"""What stands in for the functions of scipy.linalg."""
