# SPDX-License-Identifier: MIT
"""A wallet's life from outside: made, enrolled, unlocked, refused, damaged, restored, forgotten."""
import hashlib
import json
import os
import stat

from harness import SCRATCH, enrolled, frames, fresh, main

ZERO_WORDS = "abandon " * 23 + "art"  # BIP-39: 32 zero bytes


def restored(home, words, **options):
    return home.json("init", "--restore", "--no-pin", "--yes", secrets=[("--mnemonic-fd", words)], **options)


def test_order_of_things(home):
    home.json("unlock", "--source", frames("collins", 2, 3)).refused(3, "NOT_ENROLLED")
    made = home.json("init", "--no-pin").expect(0).json
    assert len(made["mnemonic"].split()) == 24 and len(made["fingerprint"]) == 8, made
    home.json("init", "--no-pin").refused(1, "EXISTS")
    assert home.json("status").json["stage"] == "no face"
    home.json("unlock", "--source", frames("collins", 2, 3)).refused(3, "NOT_ENROLLED")
    done = home.json("enrol", "--source", frames("collins", 1, 5)).expect(0).json
    assert done["frames_used"] >= 4 and 0.7 <= done["mean_cosine"] <= 1, done
    assert home.json("status").json["stage"] == "locked"
    home.json("enrol", "--source", frames("collins", 1, 5)).refused(1, "EXISTS")
    opened = home.json("unlock", "--source", frames("collins", 2, 3)).expect(0).json
    assert opened["unlocked"] and opened["fingerprint"] == made["fingerprint"], opened
    assert home.json("status").json["failures"] == 0


def test_words_with_fewer(home):
    made = home.json("init", "--no-pin", "--words", "12").expect(0).json
    assert len(made["mnemonic"].split()) == 12


def test_unlock_gives_the_same_addresses_as_before(home):
    home = enrolled()
    opened = home.json("unlock", "--source", frames("collins", 2, 3)).expect(0).json
    listed = home.json("address").expect(0).json
    assert listed["addresses"][0]["address"] == opened["bitcoin"] and listed["verified"] is False
    sure = home.json("address", "--source", frames("collins", 3, 3)).expect(0).json
    assert sure["addresses"] == listed["addresses"] and sure["verified"] is True
    eth = home.json("eth", "address").expect(0).json["addresses"][0]["address"]
    assert eth == opened["ethereum"]


def test_known_words_give_known_addresses(home):
    """Vectors of BIP-84 and of every Ethereum tool for the all-zero entropy of 32 bytes."""
    made = restored(home, ZERO_WORDS).expect(0).json
    assert made["fingerprint"] == "5436d724", made
    assert "mnemonic" not in made, "words that were typed in must not be shown again"
    first = home.json("address").json["addresses"][0]
    assert first["path"] == "m/84'/0'/0'/0/0" and first["address"].startswith("bc1q"), first
    assert home.json("eth", "address").json["addresses"][0]["address"].startswith("0x")


def test_wrong_words_are_refused(home):
    restored(home, "abandon " * 24).refused(1, "AUTHENTICATION")
    restored(home, "abandon " * 23 + "arrt").refused(1, "FORMAT")
    restored(home, "abandon art").refused(1, "FORMAT")
    assert home.json("status").json["stage"] == "absent"


def test_somebody_else_is_refused_and_counted(home):
    home = enrolled()
    home.json("unlock", "--source", frames("hopper", 1, 3)).refused(4, "NO_MATCH")
    assert home.json("status").json["failures"] == 1
    home.json("test", "--source", frames("hopper", 1, 3)).refused(4, "NO_MATCH")
    assert home.json("status").json["failures"] == 2
    home.json("test", "--source", frames("collins", 2, 3)).expect(0)
    assert home.json("status").json["failures"] == 0


def test_frames_of_two_people_do_not_mix(home):
    home.json("init", "--no-pin").expect(0)
    home.json("enrol", "--source", frames("collins", 1, 5), "--source", frames("hopper", 1, 5)).refused(
        4, "FACES_DIFFER")
    assert home.json("status").json["stage"] == "no face"


def test_the_odd_picture_is_named(home):
    mixed = fresh().path / "mixed"
    mixed.mkdir()
    for i, picture in enumerate(sorted(frames("collins", 1, 5).iterdir())[:3]):
        (mixed / f"mine{i}.jpg").write_bytes(picture.read_bytes())
    stranger = mixed / "stranger.jpg"
    stranger.write_bytes((frames("hopper", 1, 5) / "frame000.jpg").read_bytes())
    home.json("init", "--no-pin").expect(0)
    error = home.json("enrol", "--source", mixed).refused(4, "FACES_DIFFER").json["error"]
    assert "stranger.jpg" in error["message"] and "mine" not in error["message"], error
    stranger.unlink()
    home.json("enrol", "--source", mixed).expect(0)


def test_a_bad_picture_is_told_once(home):
    home = enrolled()
    home.fixtures("blank", home.path)
    told = home.mien("unlock", "--source", home.path / "blank.jpg").expect(4)
    assert told.err.count("blank.jpg") == 1 and told.err.count("no face") <= 1, told.err
    other = home.path / "other.jpg"
    other.write_text("this is no picture")
    told = home.mien("unlock", "--source", home.path / "blank.jpg", "--source", other).expect(1)
    assert told.err.count("blank.jpg") == 1 and told.err.count("other.jpg") == 1, told.err


def test_words_that_nobody_saw_make_no_wallet(home):
    """A full disk under stdout: the words are lost, so there must be no wallet either."""
    for options in (["--json"], ["--yes"]):
        with open("/dev/full", "w") as full:
            result = home.mien("init", "--no-pin", *options, stdout=full)
        assert result.code == 1 and "no wallet was made" in result.err, result.err
        assert home.json("status").json["stage"] == "absent"
    made = home.json("init", "--no-pin").expect(0).json
    assert len(made["mnemonic"].split()) == 24
    with open("/dev/full", "w") as full:  # other commands undo nothing
        assert home.mien("status", "--json", stdout=full).code == 1
    assert home.json("status").json["stage"] == "no face"
    # words that the person has are no reason to undo
    other = fresh()
    with open("/dev/full", "w") as full:
        other.mien("init", "--restore", "--no-pin", "--yes", "--json", stdout=full,
                   secrets=[("--mnemonic-fd", ZERO_WORDS)]).expect(1)
    assert other.json("status").json["stage"] == "no face"


def test_pictures_that_do_not_do(home):
    home = enrolled()
    bad = fresh().path
    home.fixtures("blank", bad)
    home.json("unlock", "--source", bad / "blank.jpg").refused(4, "NO_FACE")
    home.fixtures("pair", frames("collins", 2, 3) / "frame000.jpg", frames("hopper", 1, 3) / "frame000.jpg",
                  bad / "pair.png")
    home.json("unlock", "--source", bad / "pair.png").refused(4, "MANY_FACES")
    home.json("unlock", "--source", bad / "nowhere.jpg").refused(1, "NOT_FOUND")
    good = (frames("collins", 2, 3) / "frame000.jpg").read_bytes()
    (bad / "cut.jpg").write_bytes(good[:200])
    assert home.json("unlock", "--source", bad / "cut.jpg").code == 1
    (bad / "text.jpg").write_text("this is no picture")
    home.json("unlock", "--source", bad / "text.jpg").refused(1, "FORMAT")
    (bad / "empty").mkdir()
    assert home.json("unlock", "--source", bad / "empty").code in (1, 4)
    assert home.json("status").json["failures"] == 0, "a picture without a usable face is no attempt"
    # bad pictures among good ones are passed over, with a word
    mixed = home.mien("unlock", "--source", bad / "blank.jpg", "--source", bad / "text.jpg", "--source",
                      frames("collins", 2, 3)).expect(0)
    assert "blank.jpg" in mixed.err and "text.jpg" in mixed.err, mixed.err


def test_five_failures_lock_and_the_words_help(home):
    home = enrolled()
    before = home.json("address", "--count", "3").json["addresses"]
    for _ in range(5):
        home.json("unlock", "--source", frames("hopper", 1, 1)).refused(4, "NO_MATCH")
    home.json("unlock", "--source", frames("collins", 2, 3)).refused(7, "RATE_LIMITED")
    status = home.json("status").json
    assert status["failures"] == 5 and 0 < status["wait_seconds"] <= 60, status
    restored(home, home.words).expect(0)
    home.json("enrol", "--source", frames("collins", 1, 5)).expect(0)
    home.json("unlock", "--source", frames("collins", 2, 3)).expect(0)
    assert home.json("address", "--count", "3").json["addresses"] == before


def test_pin(home):
    home = enrolled(pin="2718")
    status = home.json("status").json
    assert status["pin"] is True and status["argon2_memory_kib"] >= 65536, status
    source = frames("collins", 2, 3)
    home.json("unlock", "--source", source, secrets=[("--pin-fd", "2719")]).refused(4, "NO_MATCH")
    home.json("unlock", "--source", source, secrets=[("--pin-fd", "")]).expect(2)
    home.json("unlock", "--source", source).expect(1)  # nobody there to ask
    home.json("unlock", "--source", source, secrets=[("--pin-fd", "x" * 300)]).refused(1, "TOO_LARGE")
    assert home.json("status").json["failures"] == 1, "only the wrong PIN was an attempt"
    home.json("unlock", "--source", source, secrets=[("--pin-fd", "2718")]).expect(0)
    home.json("unlock", "--source", frames("hopper", 1, 3), secrets=[("--pin-fd", "2718")]).refused(4, "NO_MATCH")


def test_passphrase_makes_another_wallet(home):
    plain = restored(home, ZERO_WORDS).expect(0).json["fingerprint"]
    other = home.json("init", "--restore", "--no-pin", "--yes",
                      secrets=[("--mnemonic-fd", ZERO_WORDS), ("--passphrase-fd", "TREZOR")]).expect(0).json
    assert other["fingerprint"] == "b4e3f5ed" or other["fingerprint"] != plain
    assert other["fingerprint"] != plain


def test_a_damaged_vault_is_told(home):
    home = enrolled()
    source = frames("collins", 2, 3)
    vault = next(p for p in home.files() if p.name == "vault.mien")
    device = next(p for p in home.files() if p.name == "device.key")
    for path in (vault, device):
        good = path.read_bytes()
        places = sorted({0, 5, 9, 20, len(good) // 3, len(good) // 2, len(good) - 40, len(good) - 1})
        for place in places:
            bad = bytearray(good)
            bad[place] ^= 1
            path.write_bytes(bad)
            result = home.json("unlock", "--source", source)
            assert result.code in (1, 3, 4) and "error" in result.json, f"{path.name} byte {place}: {result.out}"
            assert result.json["error"]["status"] != "INTERNAL", f"{path.name} byte {place}: {result.out}"
        for length in (0, 1, 7, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:length])
            assert home.json("unlock", "--source", source).code in (1, 3), f"{path.name} cut to {length}"
        path.write_bytes(good + b"x")
        assert home.json("unlock", "--source", source).code in (1, 3), path.name
        path.write_bytes(good)
    # nothing was lost: the mended files still open (attempts may have been counted, so wait them out by words)
    if home.json("status").json["wait_seconds"] == 0:
        home.json("unlock", "--source", source).expect(0)
    else:
        restored(home, home.words).expect(0)


def test_a_vault_of_another_device_stays_closed(home):
    one, two = enrolled(), fresh()
    restored(two, ZERO_WORDS).expect(0)
    two.json("enrol", "--source", frames("collins", 1, 5)).expect(0)
    mine = next(p for p in one.files() if p.name == "vault.mien")
    theirs = next(p for p in two.files() if p.name == "vault.mien")
    theirs.write_bytes(mine.read_bytes())
    result = two.json("unlock", "--source", frames("collins", 2, 3)).expect(1)
    assert result.json["error"]["status"] in ("WRONG_DEVICE", "AUTHENTICATION", "ROLLED_BACK"), result.out


def test_an_older_vault_is_told(home):
    home = enrolled()
    vault = next(p for p in home.files() if p.name == "vault.mien")
    old = vault.read_bytes()
    done = home.json("enrol", "--again", "--source", frames("collins", 5, 5)).expect(0).json
    assert done["epoch"] == 2, done
    assert home.json("status").json["previous_kept"] is True
    home.json("unlock", "--source", frames("collins", 2, 3)).expect(0)
    assert home.json("status").json["previous_kept"] is False
    vault.write_bytes(old)
    result = home.json("unlock", "--source", frames("collins", 2, 3)).expect(1)
    assert result.json["error"]["status"] in ("ROLLED_BACK", "WRONG_DEVICE", "AUTHENTICATION"), result.out


def test_a_second_appearance(home):
    home = enrolled()
    home.json("enrol", "--appearance", "--again", "--source", "x").refused(2, "USAGE")
    # somebody else as "second look" of the owner, who opens it: then both open it
    home.json("enrol", "--appearance", "--source", frames("hopper", 1, 5), "--current",
              frames("collins", 2, 3)).expect(0)
    assert home.json("status").json["appearances"] == 2
    home.json("unlock", "--source", frames("hopper", 9, 3)).expect(0)
    home.json("unlock", "--source", frames("collins", 2, 3)).expect(0)
    # without the owner nobody is added
    other = enrolled()
    other.json("enrol", "--appearance", "--source", frames("hopper", 1, 5)).refused(4, "NO_MATCH")
    assert other.json("status").json["appearances"] == 1


def test_a_changed_file_of_public_keys_is_mended_and_told(home):
    home, other = enrolled(), fresh()
    restored(other, ZERO_WORDS).expect(0)
    mine = next(p for p in home.files() if p.name == "accounts.json")
    right = mine.read_bytes()
    mine.write_bytes(next(p for p in other.files() if p.name == "accounts.json").read_bytes())
    told = home.mien("unlock", "--source", frames("collins", 2, 3)).expect(0)
    assert "somebody changed it" in told.err, told.err
    assert mine.read_bytes() == right
    mine.write_bytes(b'{"fingerprint": "00"}')
    home.json("address").expect(1)
    mine.unlink()
    home.json("address").refused(3, "NOT_ENROLLED")
    home.json("unlock", "--source", frames("collins", 2, 3)).expect(0)
    assert mine.read_bytes() == right


def test_only_the_owner_may_read(home):
    home = enrolled()
    for path in home.path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir() and path.parent != home.path:
            assert mode == 0o700, f"{path}: {mode:o}"
        elif path.is_file() and path.name != "record.mien":
            assert mode == 0o600, f"{path}: {mode:o}"


def test_no_face_and_no_seed_in_any_file(home):
    pictures = sorted(frames("collins", 1, 5).iterdir()) + sorted(frames("collins", 2, 3).iterdir())
    home = enrolled(pin="2718")
    home.json("unlock", "--source", frames("collins", 2, 3), secrets=[("--pin-fd", "2718")]).expect(0)
    faces = [bytes.fromhex(line) for line in home.fixtures("embeddings", *pictures).split()]
    assert len(faces) == 8 and all(len(f) == 128 and len(set(f)) > 30 for f in faces)
    words = home.words.split()
    for path in home.files():
        content = path.read_bytes()
        for face in faces:
            for start in range(0, 128, 16):
                assert face[start:start + 16] not in content, f"part of an embedding in {path}"
        assert " ".join(words[:4]).encode() not in content and b"2718" not in content, path
        for picture in pictures:
            assert picture.read_bytes()[400:464] not in content, f"part of a picture in {path}"
    # the search would find one: the same test on a file that does hold an embedding
    (home.path / "leak").write_bytes(b"x" + faces[0])
    assert any(faces[0][:16] in p.read_bytes() for p in home.files())


def test_forget(home):
    home = enrolled()
    home.json("forget").expect(1)  # nobody there to ask
    assert home.json("status").json["stage"] == "locked"
    home.json("forget", "--revert", "--yes").refused(1, "NOT_FOUND")
    home.json("forget", "--yes").expect(0)
    assert home.json("status").json["stage"] == "absent"
    left = [p for p in home.files() if p.stat().st_size and "lock" not in p.name]
    assert not left, left
    home.json("unlock", "--source", frames("collins", 2, 3)).refused(3, "NOT_ENROLLED")


def test_home_option_and_a_folder_that_cannot_be(home):
    other = SCRATCH / "elsewhere"
    assert home.json("status", "--home", other).json["vault"].startswith(str(other))
    blocked = SCRATCH / "blocked"
    blocked.write_text("a file where a folder should be")
    assert home.json("init", "--no-pin", "--home", blocked).code == 1


def test_two_at_once_do_not_harm_each_other(home):
    import subprocess
    from harness import PROGRAM, environment
    home = enrolled()
    many = [subprocess.Popen([PROGRAM, "unlock", "--json", "--source", frames("collins", 2, 3)],
                             env=environment(home.path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, cwd=home.path) for _ in range(4)]
    codes = [p.wait(timeout=300) for p in many]
    for p in many:
        p.stdout.close()
        p.stderr.close()
    assert all(c in (0, 1) for c in codes) and 0 in codes, codes
    home.json("unlock", "--source", frames("collins", 3, 3)).expect(0)


def test_face_show_draws(home):
    frame = frames("collins", 2, 3) / "frame000.jpg"
    seen = home.json("face", "show", frame, "-o", home.path / "seen.png").expect(0).json
    assert seen["verdict"] == "OK" and seen["score"] > 0.7 and seen["eye_distance"] > 30, seen
    assert (home.path / "seen.png").read_bytes().startswith(b"\x89PNG")
    home.fixtures("blank", home.path)
    home.json("face", "show", home.path / "blank.jpg").refused(4, "NO_FACE")


def test_model_info(home):
    from harness import SOURCE
    info = home.json("model", "info", os.path.join(SOURCE, "assets/models/embedding.mien")).expect(0).json
    assert info["input"] == [112, 112, 3] and info["outputs"][0]["shape"][2] == 128, info
    assert 0 < info["accumulator_bound"] <= 2 ** 29 and len(info["digest"]) == 64
    layers = info["layers"]
    assert all(layer["accumulator_bound"] <= 2 ** 29 for layer in layers)
    assert max(layer["accumulator_bound"] for layer in layers) == info["accumulator_bound"]
    assert max(layer["quotient_limit"] for layer in layers) == info["quotient_limit"] <= 2 ** 15
    for key in ("parameters", "macs"):
        assert sum(layer[key] for layer in layers) == info[key] > 0, key
    assert sum(h * w * c for h, w, c in (layer["shape"] for layer in layers)) == info["activations"]
    for layer in layers:  # what comes in is what an earlier tensor has: 0 is the input, i + 1 layer i
        source = layer["inputs"][0]
        assert layer["input"] == (layers[source - 1]["shape"] if source else info["input"]), layer
    text = home.mien("model", "info", os.path.join(SOURCE, "assets/models/embedding.mien")).expect(0).out
    assert info["digest"] in text and str(info["macs"]) in text and "at most 2^29" in text


def test_model_import_takes_the_listed_people_only(home):
    from harness import SOURCE
    assets = os.path.join(SOURCE, "assets", "samples")
    for name in ("collins", "hopper"):
        folder = home.path / "people" / name
        folder.mkdir(parents=True)
        os.symlink(os.path.join(assets, name + ".jpg"), folder / "one.jpg")
    ranges = {}

    def calibrate(key, *more):
        out = home.path / (key + ".json")
        asked = home.json("model", "import", os.path.join(SOURCE, "tests/face_model/corpus/onnx/everything.onnx"),
                          "--calibrate", home.path / "people", "--ranges-out", out, "-o", home.path / "x.mien", *more)
        if asked.code == 0:
            ranges[key] = json.loads(out.read_text())
        return asked

    def people(*names):
        path = home.path / "ids"
        ids = sorted(hashlib.sha256(name.encode()).hexdigest()[:16] for name in names)
        path.write_text("".join(line + "\n" for line in ids))
        return "--people", path

    calibrate("all").expect(0)
    calibrate("both", *people("collins", "hopper", "nobody")).expect(0)
    calibrate("one", *people("hopper")).expect(0)
    assert ranges["all"] == ranges["both"] and ranges["all"]["samples"] == 2
    assert ranges["one"]["samples"] == 1 and ranges["one"] != ranges["all"]
    calibrate("none", *people("nobody")).refused(4, "NO_FACE")
    (home.path / "ids").write_text("hopper\n")
    calibrate("bad", "--people", home.path / "ids").refused(1, "FORMAT")


if __name__ == "__main__":
    main(globals())
