# SPDX-License-Identifier: MIT
"""The demonstration: it ends well, its report stands alone, and it fails when its story is not true."""
import re
import tempfile
import pathlib

from harness import frames, main


def left_behind():
    return set(pathlib.Path(tempfile.gettempdir()).glob("mien-demo-*"))


def test_the_story(home):
    before = left_behind()
    said = home.json("demo", "--out", home.path / "report.html").expect(0).json
    outcomes = [s["outcome"] for s in said["steps"]]
    assert outcomes.count("refused") >= 6 and outcomes.count("done") >= 11 and "wrong" not in outcomes, said
    assert said["proof_bytes"] <= 110_224 and said["face_proof_bytes"] < 750_000 and said["seconds"] < 300, said
    assert any("whole network" in s["title"] for s in said["steps"]), said
    assert left_behind() <= before, "a temporary wallet was left"
    assert {p.name for p in home.files()} == {"report.html"}, home.files()


def test_the_report_stands_alone(home):
    home.mien("demo", "--out", "report.html", "--quiet").expect(0)
    page = (home.path / "report.html").read_text()
    assert len(page) < 2_000_000
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:)[a-z/]""", page), "loads something"
    assert "http:" not in page and "https:" not in page and "<script" not in page
    assert page.count("data:image/jpeg;base64,") >= 20
    assert "Not proved" in page and "prefers-color-scheme" in page
    for tag in ("figure", "table", "ol", "ul", "svg", "pre", "main", "footer", "div", "p", "h2", "td", "tr"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), f"<{tag}> is not closed"


def test_own_folders(home):
    said = home.json("demo", frames("hopper", 1, 8), frames("collins", 1, 3), "--out", "r.html").expect(0).json
    assert "wrong" not in [s["outcome"] for s in said["steps"]]


def test_it_fails_when_b_is_a(home):
    """Person B is A again: then "B is refused" is not true, and the demonstration must say so."""
    home.json("demo", frames("collins", 1, 8), frames("collins", 50, 3), "--out", "r.html").refused(1, "INTERNAL")
    assert "did NOT end as they should" in (home.path / "r.html").read_text()


def test_it_fails_when_a_does_not_come_back(home):
    """Five frames of one person enrol, another one returns."""
    mixed = home.path / "mixed"
    mixed.mkdir()
    for i, picture in enumerate([*sorted(frames("collins", 1, 5).iterdir()), *sorted(frames("hopper", 1, 3).iterdir())]):
        (mixed / f"{i}.jpg").write_bytes(picture.read_bytes())
    home.json("demo", mixed, frames("hopper", 30, 3), "--out", "r.html").refused(4, "NO_MATCH")
    assert "did NOT end as they should" in (home.path / "r.html").read_text()


def test_folders_without_faces(home):
    home.fixtures("blank", home.path / "blank")
    home.json("demo", home.path / "blank", frames("collins", 1, 3), "--out", "r.html").refused(4, "NO_FACE")
    home.json("demo", home.path / "nowhere", frames("collins", 1, 3), "--out", "r.html").refused(1, "NOT_FOUND")


if __name__ == "__main__":
    main(globals())
