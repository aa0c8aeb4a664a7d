"""Run the command line: `python -m authz`."""

import sys

from authz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
