"""What is legal but surely not meant: warnings, each with the way to write it.

Front door: `Linter`, or `lint` for one set. A check is a small function that yields what it finds, in one of three
tables (`run.py` joins them): of a value's text (`TextCheck`), of a list of values (`ValueCheck`), of a policy
(`PolicyCheck`). `overlap.py` compares policies with one another. Each check's docstring says when it stays silent: a
false alarm costs more than a miss.
"""

from authz.resources.lint.run import Linter, lint

__all__ = ["Linter", "lint"]
