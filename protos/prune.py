#!/usr/bin/env python3
"""Write protos/ and authz/pb: the parts of Envoy's protobuf definitions that we use, and nothing else.

What is kept is listed in protos/allow.toml. The definitions come from the
xds-protos locked in protos/tools.txt, installed with pip in a temporary
environment that is removed afterwards. The same list and the same lock give
the same bytes.

Status 0: done, or nothing differs. 1: --check, and something differs.
2: it cannot be done; the message says why.
"""

import argparse
import sys
from pathlib import Path

from pruning import PruneError
from pruning.build import build, differences, write

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="prune.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say which committed files are stale")
    options = parser.parse_args()
    try:
        files = build(HERE / "allow.toml", HERE / "tools.txt")
        findings = differences(HERE.parent, files)
        if not options.check:
            write(HERE.parent, files)
    except (PruneError, OSError) as error:
        sys.stderr.write("".join(f"prune.py: {line}\n" for line in str(error).splitlines()))
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    sys.stdout.write(f"{len(files)} files, {len(findings)} {'stale' if options.check else 'changed'}\n")
    return 1 if options.check and findings else 0


if __name__ == "__main__":
    sys.exit(main())
