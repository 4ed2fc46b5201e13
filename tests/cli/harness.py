# SPDX-License-Identifier: MIT
"""Runs mien from outside and counts: every test program ends with "N passed, N failed, N skipped".

A story is a Python file with functions whose names begin with test_; each gets a fresh Home. CHECKs are plain
assert statements with words.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

PROGRAM, FIXTURES, SOURCE = (os.path.abspath(p) for p in sys.argv[1:4])
SAMPLES = pathlib.Path(SOURCE) / "assets" / "samples"
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="mien-e2e-"))
SLOW = 300  # seconds that one call may take, sanitizers included


class Skip(Exception):
    pass


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout or "", done.stderr

    @property
    def json(self):
        """The one object on stdout; anything else there is a failure."""
        value = json.loads(self.out)
        assert isinstance(value, dict), self.out
        return value

    def expect(self, code, words=""):
        text = self.out + self.err
        assert self.code == code, f"exit code {self.code}, expected {code}:\n{text[-1500:]}"
        assert words.lower() in text.lower(), f"'{words}' is not said:\n{text[-1500:]}"
        return self

    def refused(self, code, status):
        """An error as --json tells it."""
        self.expect(code)
        assert set(self.json) == {"error"}, self.out
        error = self.json["error"]
        assert error["status"] == status, error
        assert error["exit_code"] == code and error["message"], error
        return self


def environment(home):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "MIEN_MODELS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "MIEN_SIMD")}
    return {**kept, "MIEN_HOME": str(home), "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb"}


def run(arguments, home, secrets=(), stdin=None, stdout=subprocess.PIPE):
    """secrets: (option, text) pairs, each given through a pipe of its own, never through argv."""
    arguments, pipes = [PROGRAM, *map(str, arguments)], []
    for option, text in secrets:
        read, write = os.pipe()
        os.write(write, text.encode() + b"\n")
        os.close(write)
        pipes.append(read)
        arguments += [option, str(read)]
    try:
        return Result(subprocess.run(arguments, env=environment(home), pass_fds=pipes, text=True, timeout=SLOW,
                                     input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                                     stdout=stdout, stderr=subprocess.PIPE, cwd=home, start_new_session=True))
    finally:
        for pipe in pipes:
            os.close(pipe)


class Home:
    """A folder with (perhaps) a wallet in it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def mien(self, *arguments, **options):
        return run(arguments, self.path, **options)

    def json(self, *arguments, **options):
        return self.mien(*arguments, "--json", **options)

    def fixtures(self, *arguments):
        done = subprocess.run([FIXTURES, *map(str, arguments)], env=environment(self.path), text=True,
                              capture_output=True, timeout=SLOW, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self):
        return sorted(p for p in self.path.rglob("*") if p.is_file())

    def copy(self):
        path = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH))
        shutil.copytree(self.path, path, dirs_exist_ok=True, symlinks=True)
        return Home(path)


def fresh():
    return Home(tempfile.mkdtemp(dir=SCRATCH))


_made = {}


def frames(person, seed, count):
    """A folder of frames of "collins" or "hopper"; made once."""
    key = (person, seed, count)
    if key not in _made:
        folder = SCRATCH / f"{person}-{seed}-{count}"
        fresh().fixtures("frames", SAMPLES / f"{person}.jpg", seed, count, folder)
        _made[key] = folder
    return _made[key]


def enrolled(pin=None):
    """A copy of a wallet in which Collins is enrolled; with .words and .fingerprint."""
    key = ("enrolled", pin)
    if key not in _made:
        home = fresh()
        made = home.json("init", *([] if pin else ["--no-pin"]), secrets=[("--pin-fd", pin)] if pin else [])
        made.expect(0)
        home.json("enrol", "--source", frames("collins", 1, 5),
                  secrets=[("--pin-fd", pin)] if pin else []).expect(0)
        _made[key] = home, made.json["mnemonic"], made.json["fingerprint"]
    home, words, fingerprint = _made[key]
    copied = home.copy()
    copied.words, copied.fingerprint = words, fingerprint
    return copied


def main(names):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in [(n, f) for n, f in names.items() if n.startswith("test_")]:
        try:
            test(fresh())
            counts["passed"] += 1
        except Skip as reason:
            counts["skipped"] += 1
            print(f"SKIP {name}: {reason}")
        except Exception:  # every failure is reported and counted, whatever its kind
            counts["failed"] += 1
            print(f"FAIL {name}\n{traceback.format_exc()}")
        sys.stdout.flush()
    shutil.rmtree(SCRATCH, ignore_errors=True)
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    sys.exit(counts["failed"] != 0)
