"""A coverage-guided run of every target, each in a process of its own: `make fuzz`.

An input that breaks a target is left in `tests/fuzz/found/`; once the fault is mended, move it to the corpus.
"""

import argparse
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_MAX_BYTES = 4096


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="how long each target is fuzzed")
    parser.add_argument("--target", help="only this one")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _fuzz(arguments.child, arguments.seconds)
        return 0
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the child imports it instrumented

    broken = [name for name in TARGETS if arguments.target in {None, name} and not _run(name, arguments.seconds)]
    print(f"{len(broken)} targets broken{': ' if broken else ''}{', '.join(broken)}")
    return 1 if broken else 0


def _run(name: str, seconds: int) -> bool:
    print(f"--- {name}, {seconds} s", flush=True)
    command = [sys.executable, "-m", "tests.fuzz.run", "--child", name, "--seconds", str(seconds)]
    output = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = (output.stdout + output.stderr).splitlines()
    print("\n".join(lines[-30:] if output.returncode else lines[-2:]), flush=True)
    return output.returncode == 0


def _fuzz(name: str, seconds: int) -> None:
    import atheris  # noqa: PLC0415 - an extra

    with atheris.instrument_imports(include=["authz"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    found = _HERE / "found"
    found.mkdir(exist_ok=True)
    corpus = _HERE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={_MAX_BYTES}",
        f"-artifact_prefix={found}/{name}-",
        "-verbosity=0",
    ]
    # libFuzzer writes what it learns into the first directory: that is not the corpus we keep
    learned = _HERE / "found" / f"learned-{name}"
    learned.mkdir(exist_ok=True)
    atheris.Setup([sys.argv[0], *options, str(learned), str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
