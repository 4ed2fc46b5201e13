# SPDX-License-Identifier: MIT
"""The program at a terminal: prompts without echo, one key press, Ctrl-C; and what others can see of the process."""
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from harness import PROGRAM, SLOW, enrolled, environment, frames, main


class Terminal:
    def __init__(self, home, *arguments, early="", stderr=None):
        self.master, slave = pty.openpty()
        self.shown = ""
        os.write(self.master, early.encode())  # pressed before the program even ran

        def adopt():
            os.setsid()
            import fcntl
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        # stdout goes elsewhere: what is on the terminal is prompts only
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=environment(home.path), stdin=slave,
                                        stdout=subprocess.PIPE, stderr=slave if stderr is None else stderr, preexec_fn=adopt,
                                        cwd=home.path)
        self.slave = slave

    def wait_for(self, words, times=1):
        end = time.monotonic() + SLOW
        while self.shown.count(words) < times:
            assert time.monotonic() < end, f"'{words}' never came:\n{self.shown}"
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                try:
                    self.shown += os.read(self.master, 65536).decode()
                except OSError:
                    break
            elif self.process.poll() is not None:
                break
        assert self.shown.count(words) >= times, f"'{words}' never came:\n{self.shown}"
        time.sleep(0.15)  # the question is on the screen; keys from before it do not count

    def type(self, keys):
        os.write(self.master, keys.encode())

    def echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def end(self):
        out = self.process.stdout.read().decode()
        code = self.process.wait(timeout=SLOW)
        while select.select([self.master], [], [], 0.1)[0]:
            self.shown += os.read(self.master, 65536).decode()
        assert self.echo(), "the terminal was left without echo"
        self.process.stdout.close()
        os.close(self.master)
        os.close(self.slave)
        return code, out


def words_on(screen):
    return [w for _, w in sorted((int(n), w) for n, w in re.findall(r"(\d+)\. ([a-z]+)", screen))]


def test_init_asks_twice_shows_once(home):
    t = Terminal(home, "init")
    t.wait_for("PIN for this wallet: ")
    assert not t.echo()
    t.type("314159\n")
    t.wait_for("PIN again: ")
    t.type("314159\n")
    t.wait_for("Are they written down?")
    assert home.json("status").json["stage"] == "absent", "made before the words were confirmed"
    t.type("y")
    code, out = t.end()
    assert code == 0 and len(words_on(t.shown)) == 24, t.shown
    assert "314159" not in t.shown and "314159" not in out
    assert not any(w in out.split() for w in words_on(t.shown) if len(w) > 6), "words on stdout"
    restored = home.json("init", "--restore", "--no-pin", "--yes",
                         secrets=[("--mnemonic-fd", " ".join(words_on(t.shown)))]).expect(0).json
    assert restored["fingerprint"] in out, (restored, out)


def test_init_refused(home):
    t = Terminal(home, "init", "--no-pin")
    t.wait_for("Are they written down?")
    t.type("n")
    code, out = t.end()
    assert code == 5 and out == "" and "these words are void" in t.shown, (code, out, t.shown)
    assert home.json("status").json["stage"] == "absent"
    assert "mien init makes one" in home.mien("status").expect(0).out


def test_init_with_two_different_pins(home):
    t = Terminal(home, "init")
    t.wait_for("PIN for this wallet: ")
    t.type("1\n")
    t.wait_for("PIN again: ")
    t.type("2\n")
    code, _ = t.end()
    assert code == 5 and home.json("status").json["stage"] == "absent"


def test_pin_is_asked_and_not_shown(home):
    home = enrolled(pin="2718")
    t = Terminal(home, "unlock", "--source", frames("collins", 2, 3))
    t.wait_for("PIN: ")
    assert not t.echo()
    t.type("2718\n")
    code, out = t.end()
    assert code == 0 and home.fingerprint in out, (code, out)
    assert "2718" not in t.shown and "Stretching the PIN" in t.shown, t.shown


def test_shares_are_shown_one_after_the_other(home):
    home = enrolled()
    t = Terminal(home, "backup", "shares", "--source", frames("collins", 2, 3))
    t.wait_for("Show shares of the whole wallet?")
    t.type("y")
    shares = []
    for number in (1, 2, 3):
        t.wait_for("Is it written down?", number)
        shares.append(" ".join(words_on(t.shown.split(f"Share {number} of 3")[1])))
        assert f"Share {number + 1} of 3" not in t.shown, "two shares on the screen before one was written down"
        t.type("y")
    code, out = t.end()
    assert code == 0 and all(len(s.split()) == 59 for s in shares), (code, shares)
    assert not any(w in out.split() for w in shares[0].split() if len(w) > 6), "a share on stdout"
    home.json("backup", "check", secrets=[("--shares-fd", "\n".join(shares[1:]))]).expect(0)


def test_shares_refused(home):
    home = enrolled()
    t = Terminal(home, "backup", "shares", "--source", frames("collins", 2, 3))
    t.wait_for("Show shares of the whole wallet?")
    t.type("n")
    code, out = t.end()
    assert code == 5 and out == "" and "Share 1" not in t.shown


def test_a_backup_is_typed_without_echo(home):
    home = enrolled()
    t = Terminal(home, "backup", "check")
    t.wait_for("Words of the wallet (not shown): ")
    assert not t.echo()
    t.type(home.words + "\n")
    code, out = t.end()
    assert code == 0 and "This backup makes this wallet" in out, (code, out, t.shown)
    assert not any(w in t.shown.split() for w in home.words.split() if len(w) > 4), t.shown
    shares = home.json("backup", "shares", "--yes", "--source", frames("collins", 2, 3)).expect(0).json["shares"]
    t = Terminal(home, "backup", "check", "--shares")
    for number, share in enumerate(shares[1:], 1):
        t.wait_for(f"Share {number} (not shown): ")
        assert not t.echo()
        t.type(share + "\n")
    code, out = t.end()
    assert code == 0 and "This backup makes this wallet" in out, (code, out, t.shown)
    assert not any(w in t.shown.split() for w in shares[1].split() if len(w) > 4), t.shown


def test_a_policy_is_shown_before_the_key_press(home):
    home = enrolled()
    (home.path / "mine").write_text("mien-policy 1\nrequire face\n")
    for key, expected in (("n", 5), ("y", 0)):
        t = Terminal(home, "policy", "set", "mine", "--source", frames("collins", 2, 3))
        t.wait_for("Put this policy in force?")
        assert "Chains without a section are not used." in t.shown, t.shown
        t.type(key)
        code, _ = t.end()
        assert code == expected, (code, t.shown)
        assert (home.json("policy", "show").json["text"] == "mien-policy 1\nrequire face\n") == (key == "y")


def interrupted(home, arguments, words, act):
    t = Terminal(home, *arguments)
    t.wait_for(words)
    act(t)
    code, out = t.end()
    assert code in (130, -signal.SIGINT, -signal.SIGTERM), code
    assert out == ""
    return code


def test_ctrl_c_at_a_prompt(home):
    home = enrolled(pin="2718")
    arguments = ["unlock", "--source", frames("collins", 2, 3)]
    assert interrupted(home, arguments, "PIN: ", lambda t: t.type("\x03")) == 130
    assert interrupted(home, arguments, "PIN: ", lambda t: t.process.send_signal(signal.SIGTERM)) == 130
    assert home.json("status").json["failures"] == 0


def test_a_refused_signature(home):
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", "400000"))
    for key in ("n", "\n", " ", "q"):
        t = Terminal(home, "psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3))
        t.wait_for("Sign this?")
        assert "0.004" in t.shown, "the amount was not shown before the question"
        t.type(key)
        code, out = t.end()
        assert code == 5 and out == "", (key, code, out)
    t = Terminal(home, "psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3))
    t.wait_for("Sign this?")
    t.type("y")
    code, out = t.end()
    assert code == 0 and out.startswith("cHNidP8"), (code, out)


def test_nobody_is_asked_for_what_cannot_be_signed(home):
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", 400000))
    for command in (("psbt", "sign", "pay.psbt", "--network", "testnet"), ("eth", "sign-message", "--message", "hi"),
                    ("sign", "message", "--message", "hi")):
        t = Terminal(home, *command)
        code, out = t.end()
        assert code == 2 and out == "" and "mien agent run" in t.shown and "[y/N]" not in t.shown, t.shown


def test_keys_pressed_too_early_do_not_count(home):
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", "400000"))
    t = Terminal(home, "psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3),
                 early="yyyy")
    t.wait_for("Sign this?")
    t.type("n")
    code, out = t.end()
    assert code == 5 and out == "", (code, out)


def test_what_others_see_of_the_process(home):
    home = enrolled(pin="2718")
    read, write = os.pipe()
    process = subprocess.Popen([PROGRAM, "unlock", "--json", "--source", frames("collins", 2, 3), "--pin-fd", str(read)],
                               env=environment(home.path), pass_fds=[read], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=home.path)
    os.close(read)
    time.sleep(1.5)  # it has looked at the frames, or does so; it waits for the PIN in either case
    assert process.poll() is None
    line = open(f"/proc/{process.pid}/cmdline", "rb").read()
    limits = open(f"/proc/{process.pid}/limits", encoding="ascii").read()
    os.write(write, b"2718\n")
    os.close(write)
    out, err = process.communicate(timeout=SLOW)
    assert process.returncode == 0, (out, err)
    assert b"2718" not in line
    assert re.search(r"Max core file size\s+0\s+0", limits), limits


def signal_after(home, seconds):
    read, write = os.pipe()
    process = subprocess.Popen([PROGRAM, "unlock", "--source", frames("collins", 2, 3), "--pin-fd", str(read)],
                               env=environment(home.path), pass_fds=[read], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=home.path)
    os.close(read)
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=SLOW)
    os.close(write)
    # the very first moments belong to the system, before the program watches signals
    ends = (130, -signal.SIGTERM) if seconds < 1 else (130,)
    assert process.returncode in ends and out == b"", (seconds, process.returncode, out)
    assert home.json("status").json["failures"] == 0


def test_a_signal_before_and_while_it_waits_for_a_pipe(home):
    home = enrolled(pin="2718")
    for seconds in (0.03, 0.06, 0.09, 0.12, 0.2, 1.5):
        signal_after(home, seconds)


def test_what_is_asked_is_shown_on_the_terminal(home):
    """stderr may be a log file; the question comes to the terminal all the same, so the transaction must too."""
    home = enrolled()
    (home.path / "pay.psbt").write_text(home.fixtures("psbt", 400000))
    t = Terminal(home, "psbt", "sign", "pay.psbt", "--network", "testnet", "--source", frames("collins", 2, 3),
                 stderr=subprocess.DEVNULL)
    t.wait_for("Sign this?")
    assert "leaves this wallet: 0.00400000 tBTC" in t.shown, t.shown
    t.type("n")
    code, out = t.end()
    assert code == 5 and out == "", out


if __name__ == "__main__":
    main(globals())
