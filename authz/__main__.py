"""Run the command line: `python -m authz`."""

import sys


def main() -> int:
    """Run the command line and return its exit status."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
