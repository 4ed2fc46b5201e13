#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/models/redo makes every byte of assets/models/*.mien again, and notices when one differs.

usage: redo.py MIEN SOURCE
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def redo(mien, source):
    """Exit code and output of the tool in a tree."""
    done = subprocess.run([source / "tools" / "models" / "redo"], env={**os.environ, "MIEN": mien},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def copy_tree(source, folder):
    """The parts the tool works on, and the package that was fetched already."""
    for part in ("tools/models", "assets/models", "build/models"):
        shutil.copytree(source / part, folder / part)


def check_same(mien, source):
    code, output = redo(mien, source)
    print(output, end="")
    assert code == 0, f"exit code {code}"
    assert output.count(", the same") == 3, "not all three networks were compared"


def check_difference(mien, source):
    """One range made larger, with the manifest told so: another network comes out."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_tree(source, folder)
        path = folder / "assets" / "models" / "landmarks.ranges.json"
        ranges = json.loads(path.read_text())
        ranges["tensors"][1]["ranges"][0] *= 4
        path.write_text(json.dumps(ranges))
        code, output = redo(mien, folder)
        assert code != 0 and "has changed since" in output, "changed ranges were taken"
        manifest = folder / "assets" / "models" / "manifest.json"
        text = json.loads(manifest.read_text())
        text["inputs"]["landmarks.ranges.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest.write_text(json.dumps(text))
        code, output = redo(mien, folder)
        assert code == 1 and output.count("DIFFERENT") == 1, f"exit code {code}:\n{output}"


def main():
    mien, source = sys.argv[1], pathlib.Path(sys.argv[2])
    fetch = subprocess.run([source / "tools" / "models" / "fetch"], stdout=subprocess.DEVNULL)
    if fetch.returncode == 77:
        print("SKIP redo: the package with the ONNX files cannot be fetched\n0 passed, 0 failed, 1 skipped")
        return
    failed = 0
    for check in (check_same, check_difference):
        try:
            check(mien, source)
        except AssertionError as error:
            print(f"FAIL {check.__name__}: {error}")
            failed += 1
    print(f"{2 - failed} passed, {failed} failed, 0 skipped")
    sys.exit(failed != 0)


main()
