"""Signals and images: filters, peaks, transforms."""
