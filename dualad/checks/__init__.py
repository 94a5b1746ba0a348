"""Whether a derivative is right: forward against reverse, against differences, by laws; where NaN began."""
