# SPDX-License-Identifier: MIT
"""Help, strict options, suggestions, exit codes, the shape of --json."""
import json
import os
import re
import subprocess

from harness import PROGRAM, Skip, enrolled, environment, frames, fresh, main


def verbs(home):
    text = home.mien("--help").expect(0).out
    # two blanks, one or two words, at least two blanks, the summary; indented examples have "mien" in front
    found = [m[1] for m in re.finditer(r"^  ([a-z-]+(?: [a-z-]+)?)  +\S", text, re.M) if not m[1].startswith("mien")]
    assert len(found) > 20, found
    return found


def test_every_verb_explains_itself(home):
    for verb in verbs(home):
        text = home.mien(*verb.split(), "--help").expect(0).out
        assert text.startswith(f"mien {verb}: "), text
        assert "Usage: mien " + verb in text and "--json" in text, text
        examples = text.split("Examples:\n")[1]
        assert f"mien {verb.split()[0]}" in examples, f"{verb}: {examples}"


def test_groups_explain_themselves(home):
    for group in ("psbt", "eth", "model", "face", "proof", "policy", "backup", "sign"):
        text = home.mien(group, "--help").expect(0).out
        assert all(line.strip().startswith(group) for line in re.findall(r"^  \w.*", text, re.M)), text
        home.mien(group).expect(2, "no command given")


def test_habits(home):
    assert home.mien("--version").expect(0).out == home.mien("version").expect(0).out
    assert home.mien("help", "psbt", "sign").expect(0).out == home.mien("psbt", "sign", "--help").expect(0).out
    assert home.mien("help").expect(0).out == home.mien("--help").expect(0).out


def test_nothing_is_usage(home):
    result = home.mien().expect(2)
    assert "Usage:" in result.err and result.out == ""


def test_suggestions(home):
    for wrong, right in (("unlok", "unlock"), ("enroll", "enrol"), ("adress", "address"), ("statsu", "status"),
                         ("verfy", "verify"), ("foget", "forget")):
        home.mien(wrong).expect(2, f"did you mean '{right}'?")
    home.mien("psbt", "sgin").expect(2, "did you mean 'sign'?")
    home.mien("unlock", "--sorce", "x").expect(2, "did you mean --source?")
    far = home.mien("xylophone").expect(2)
    assert "did you mean" not in far.err, far.err
    home.mien("psbt", "xylophone").expect(2, "see mien psbt --help")


def test_options_are_strict(home):
    for arguments, words in ((("status", "--json", "--json"), "twice"), (("status", "extra"), "too much"),
                             (("verify",), "missing PROOF"), (("address", "--index"), "needs a value"),
                             (("address", "--index="), "needs a value"), (("address", "--index", "-1"), "whole number"),
                             (("address", "--index", "1x"), "whole number"),
                             (("address", "--index", "2147483648"), "whole number"),
                             (("address", "--index", "99999999999999999999"), "whole number"),
                             (("address", "--count", "0"), "whole number"), (("status", "--json=1"), "no value"),
                             (("status", "-x"), "unknown option"), (("status", "-qq"), "unknown option"),
                             (("address", "--type", "p2wpk"), "did you mean p2wpkh"),
                             (("address", "--network", "moon"), "unknown network"),
                             (("prove", "--source", "x"), "--bind"), (("prove", "--bind", "12", "--source", "x"), "32 bytes"),
                             (("init", "--words", "13"), "12 or 24"), (("demo", "one"), "two folders")):
        home.mien(*arguments).expect(2, words)


def test_secrets_are_no_options(home):
    for option in ("--pin", "--mnemonic", "--passphrase=secret", "--password", "--seed"):
        home.mien("unlock", option, "1234").expect(2, "unknown option")
    home.mien("init", "--mnemonic-fd", "1").expect(2, "--restore")
    home.mien("unlock", "--source", "x", "--pin-fd", "one").expect(3)  # no wallet comes first


def test_json_errors_are_one_object(home):
    for arguments, code, status in ((["unlok"], 2, "USAGE"), (["unlock", "--source", "x"], 3, "NOT_ENROLLED"),
                                    (["enrol", "--source", "x"], 3, "NOT_ENROLLED"), (["forget", "--yes"], 1, "NOT_FOUND"),
                                    (["address"], 3, "NOT_ENROLLED"), (["psbt", "show", "nowhere"], 3, "NOT_ENROLLED"),
                                    (["model", "info", "nowhere"], 1, "NOT_FOUND")):
        home.json(*arguments).refused(code, status)


def test_results_are_one_object(home):
    assert home.json("status").expect(0).json["stage"] == "absent"
    assert re.fullmatch(r"\d+\.\d+\.\d+", home.json("version").expect(0).json["version"])
    terms = home.json("proof", "security").expect(0).json["terms"]
    assert len(terms) >= 3 and terms[-1]["bits_with_grinding"] >= 128, terms
    assert all(t["name"] and t["formula"] for t in terms), terms


def test_a_full_disk_is_no_success(home):
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert home.mien("--help", stdout=full).code == 1
        assert home.mien("status", stdout=full).code == 1
        assert home.mien("status", "--json", stdout=full).code == 1


def test_no_camera_is_its_own_exit_code(home):
    import glob
    if glob.glob("/dev/video*"):
        raise Skip("this machine has a camera")
    home.json("devices").refused(8, "NO_CAMERA")
    home.json("face", "show", "camera").refused(8, "NO_CAMERA")


def test_completion_is_bash(home):
    script = home.mien("completion").expect(0).out
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    ask = script + '\nCOMP_WORDS=(mien "$@"); COMP_CWORD=$(($# )); _mien; printf "%s\\n" "${COMPREPLY[@]}"'

    def complete(*words):
        done = subprocess.run(["bash", "-c", ask, "x", *words], text=True, capture_output=True, check=False)
        return done.stdout.split()
    assert complete("unl") == ["unlock"], complete("unl")
    assert "sign" in complete("psbt", ""), complete("psbt", "")
    assert complete("psbt", "sign", "--pro") == ["--proof"], complete("psbt", "sign", "--pro")
    assert complete("unlock", "--sou") == ["--source"], complete("unlock", "--sou")


def test_the_completion_knows_every_verb_and_option(home):
    script = home.mien("completion").expect(0).out
    ask = script + """
while read -r line; do
  read -ra given <<< "$line"
  COMP_WORDS=(mien "${given[@]}" ""); COMP_CWORD=$((${#given[@]} + 1)); COMPREPLY=(); _mien
  echo "${COMPREPLY[*]}"
  COMP_WORDS[$COMP_CWORD]=--; COMPREPLY=(); _mien
  echo "${COMPREPLY[*]}"
done
"""
    found = verbs(home)
    groups = sorted({v.split()[0] for v in found if " " in v})
    asked = [*groups, *found]
    done = subprocess.run(["bash", "-c", ask], input="\n".join(asked) + "\n", text=True, capture_output=True, check=True, cwd=home.path)
    lines = dict(zip(asked, zip(*[iter(done.stdout.split("\n"))] * 2)))
    first = subprocess.run(["bash", "-c", script + '\nCOMP_WORDS=(mien ""); COMP_CWORD=1; _mien; echo "${COMPREPLY[*]}"'],
                           text=True, capture_output=True, check=True, cwd=home.path).stdout.split()
    for verb in found:
        words = verb.split()
        assert words[0] in first, verb
        assert len(words) == 1 or words[1] in lines[words[0]][0].split(), verb
        options = set(re.findall(r"^  (?:-\w,)? *(--[a-z-]+)", home.mien(*words, "--help").out, re.M))
        assert options >= {"--json", "--help"} and options == set(lines[verb][1].split()), (verb, options, lines[verb])


def test_the_manual_names_every_verb_and_option(home):
    text = home.mien("manual").expect(0).out
    assert text.startswith(".TH MIEN 1"), text[:50]
    for verb in verbs(home):
        assert f'.SS "mien {verb} ' in text, verb
        part = text.split(f'.SS "mien {verb} ')[1].split(".SS ")[0]
        for option in re.findall(r"^  (?:-\w,)? *(--[a-z-]+)", home.mien(*verb.split(), "--help").out, re.M):
            name = option[2:].replace("-", "\\-")
            assert f"\\fB\\-\\-{name}\\fR" in part + text.split(".SH OPTIONS")[1], (verb, option)


def test_the_manual_is_well_formed(home):
    import shutil
    if not shutil.which("groff"):
        raise Skip("groff is not installed")
    (home.path / "mien.1").write_text(home.mien("manual").out)
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "mien.1"], cwd=home.path, text=True, capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == "" and "mien policy set" in re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout), done.stderr


REPAINT = os.fsdecode(b"a\x1b[2J\x1b[31mPAID\r\xff\xe2\x80\xae.jpg")


def test_names_from_outside_do_not_repaint_the_terminal(home):
    """A name in a folder, a name in the arguments, a key of a JSON file: all of them reach messages."""
    home = enrolled()
    home.fixtures("blank", home.path / "esc")
    (home.path / "esc" / "blank.jpg").rename(home.path / "esc" / REPAINT)
    (home.path / "t.json").write_text('{"ty\\u001b[31mpe": 2}')
    for arguments in (["test", "--source", "esc"], ["test", "--source", REPAINT], ["psbt", "show", REPAINT],
                      [REPAINT], ["verify", REPAINT, "--bind", "0" * 64, "--record", REPAINT],
                      ["eth", "show", "t.json"]):
        done = subprocess.run([PROGRAM, *arguments], env=environment(home.path), cwd=home.path, capture_output=True,
                              stdin=subprocess.DEVNULL, check=False)
        assert done.returncode != 0 and done.stderr, arguments
        for byte in (b"\x1b", b"\r", b"\xff", b"\xe2\x80\xae"):
            assert byte not in done.stderr + done.stdout, (arguments, done.stderr)
        done = subprocess.run([PROGRAM, *arguments, "--json"], env=environment(home.path), cwd=home.path,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False)
        assert json.loads(done.stdout)["error"]["exit_code"] == done.returncode, (arguments, done.stdout)


def test_any_path_is_told_in_json(home):
    """JSON holds no bytes that are no UTF-8; a wallet below such a folder works all the same."""
    home = enrolled()
    odd = home.path / os.fsdecode(b"h\xff\x1b[31m")
    odd.mkdir()
    for name in ("state", "config"):
        (home.path / name).rename(odd / name)
    for verb in (["status"], ["status", "--json"], ["prove", "--bind", "0" * 64, "-o", odd / "p.proof", "--source",
                                                    frames("collins", 2, 3), "--json"]):
        done = subprocess.run([PROGRAM, *verb, "--home", odd], env=environment(home.path), capture_output=True,
                              stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stderr
        assert "--json" not in verb or json.loads(done.stdout), done.stdout
    assert (odd / "p.proof").stat().st_size > 1000


def test_a_place_that_takes_no_file_is_told_before_the_work(home):
    (home.path / "folder").mkdir()
    (home.path / "file").write_text("")
    digest = "5a" * 32
    # without a wallet these would end with another code
    home.json("prove", "--bind", digest, "-o", "nowhere/a.proof").refused(1, "NOT_FOUND")
    home.json("prove", "--bind", digest, "-o", "folder").refused(1, "FORMAT")
    home.json("prove", "--bind", digest, "--record-out", "file/a.record").refused(1, "FORMAT")
    home.json("prove", "--bind", digest, "--statement", "face", "--frame-out", "nowhere/a.png").refused(1, "NOT_FOUND")
    home.json("psbt", "sign", "file", "--proof", "nowhere/a.proof").refused(1, "NOT_FOUND")
    home.json("prove", "--bind", digest, "-o", "a.proof", "--source", "file").refused(3, "NOT_ENROLLED")


def test_without_a_wallet_is_its_own_exit_code(home):
    for verb in (["unlock", "--source", "x"], ["enrol", "--source", "x"], ["address"], ["xpub"], ["eth", "address"]):
        home.json(*verb).refused(3, "NOT_ENROLLED")


def test_without_a_terminal_it_says_what_helps(home):
    home = enrolled("1234")
    home.mien("forget").expect(1, "--yes")
    home.mien("unlock", "--source", frames("collins", 2, 3)).expect(1, "--pin-fd")
    fresh().mien("init", "--no-pin").expect(1, "--yes")


if __name__ == "__main__":
    main(globals())
