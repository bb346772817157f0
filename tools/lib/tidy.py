"""tidy: clang-tidy on one source, unless the same text was found clean before.

tidy.py BUILD_FOLDER SOURCE [CLANG_TIDY_ARGUMENT...]

The text is what the preprocessor makes of the source, comments (NOLINT) included: it changes with every header that
is included, and is the same in another tree. Preprocessing takes a tenth of the time that the checks take.
"""
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys


def cache_folder():
    base = os.environ.get("WHET_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "whet")
    folder = pathlib.Path(base, "tidy")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def preprocessed(build, source):
    """The source as the compiler would read it; None when the build does not know it."""
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text()):
        if os.path.realpath(entry["file"]) == os.path.realpath(source):
            command = shlex.split(entry["command"])
            command[command.index("-o") + 1] = "-"
            command[command.index("-c")] = "-E"
            done = subprocess.run(command + ["-P", "-C"], cwd=entry["directory"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, check=False)
            return done.stdout if done.returncode == 0 else None
    return None


def main(build, source, *arguments):
    tidy = ["clang-tidy-19", "--quiet", "-p", build, "--warnings-as-errors=*", *arguments]
    text = preprocessed(build, source)
    clean = None
    if text is not None:
        config = pathlib.Path(".clang-tidy").read_bytes()
        clean = cache_folder() / hashlib.sha256(b"\0".join([shlex.join(tidy).encode(), config, text])).hexdigest()
        if clean.exists():
            return 0
    done = subprocess.run([*tidy, source], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0 and clean:
        clean.touch()
    if done.returncode != 0:
        # What it counts are warnings of the system's headers, which nobody sees.
        sys.stderr.writelines(line for line in done.stderr.splitlines(keepends=True) if "generated." not in line)
    return done.returncode


sys.exit(main(*sys.argv[1:]))
