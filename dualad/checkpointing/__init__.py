"""Reverse mode in less memory: parts of a program that are run again instead of being recorded."""
