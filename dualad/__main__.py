"""``python -m dualad``: the same as the command ``dualad``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
