"""What is judged, what counts and what is excused: options, configuration, comments, the baseline, the base ref."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rule_examples import commit, git, write

from migration_guard.cli.run import run
from migration_guard.rules.examples import files_of

SHOP = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
),
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(default=0)),
"""
DEPTH = """
--- shop.0003_depth ---
migrations.AddField("product", "depth", models.IntegerField(default=0)),
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, files_of(SHOP, ("postgresql:16",)).now)
    return folder


def add(root: Path, text: str = DEPTH, config: str = "") -> None:
    files = files_of(SHOP + text, ("postgresql:16",), config).now
    write(root, {**files, "shop/models.py": (root / "shop/models.py").read_text()})


class Said:
    """Hazards only: the models of these projects are empty, so that migrations are missing."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.document = document
        self.findings = [item for item in document["findings"] if item["code"] not in ("MG101",)]

    @property
    def codes(self) -> list[str]:
        return sorted(item["code"] for item in self.findings if item["severity"] != "note")


@pytest.fixture
def check(root: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def checked(*words: str) -> Said:
        words = words if "--select" in words else (*words, "--ignore", "MG101,MG35")
        status = run(["check", "--project", str(root), "--no-cache", "--format", "json", *words])
        return Said(status, json.loads(capsys.readouterr().out))

    return checked


def repository(root: Path) -> None:
    git(root, "init", "-q")
    commit(root)
    git(root, "checkout", "-q", "-b", "work")


def test_without_git_the_latest_of_each_app_are_judged(root: Path, check: Any) -> None:
    said = check()
    assert (said.codes, said.status) == (["MG302"], 0)
    assert {item["confidence"] for item in said.findings} == {"possible"}, "it may have been deployed long ago"
    assert check("--all").status == 1
    assert said.document["stats"]["judged"] == 1
    assert any("the latest of each app (this is no git repository" in note for note in said.document["notes"])
    assert check("--all").document["stats"]["judged"] == 2


def test_only_what_the_base_lacks_is_judged(root: Path, check: Any) -> None:
    repository(root)
    said = check()
    assert (said.codes, said.status, said.document["stats"]["judged"]) == ([], 0, 0)
    add(root)
    said = check()
    assert said.codes == ["MG302", "MG401", "MG414"]
    assert any("1 new since main" in note for note in said.document["notes"])
    assert {item["place"]["file"].rpartition("/")[2] for item in said.findings} == {"0003_depth.py"}
    assert check("--all").codes == ["MG302", "MG302", "MG401", "MG414"]
    commit(root)
    assert check().codes == ["MG302", "MG401", "MG414"], "committed or not"
    assert check("--since", "HEAD").codes == []


def test_the_base_may_have_moved_on(root: Path, check: Any) -> None:
    repository(root)
    add(root)
    commit(root)
    git(root, "checkout", "-q", "main")
    write(root, {"other.txt": "x"})
    commit(root)
    git(root, "checkout", "-q", "work")
    assert check("--since", "main").codes == ["MG302", "MG401", "MG414"]


def test_only_what_is_staged(root: Path, check: Any) -> None:
    repository(root)
    add(root)
    assert check("--staged").codes == []
    git(root, "add", "shop/migrations/0003_depth.py")
    assert check("--staged").codes == ["MG302", "MG401", "MG414"]


def test_a_ref_that_is_not_there(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository(root)
    assert run(["check", "--project", str(root), "--no-cache", "--since", "nowhere"]) == 2
    assert "git knows no commit 'nowhere'" in capsys.readouterr().err
    assert run(["check", "--project", str(root), "--no-cache", "--since", "HEAD", "--all"]) == 2


def test_a_squash_of_what_is_there_is_not_judged(root: Path, check: Any) -> None:
    repository(root)
    squashed = """
--- shop.0001_squashed_0002 ---
replaces = [("shop", "0001_initial"), ("shop", "0002_size")]
dependencies = []
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
),
migrations.AddField("product", "size", models.IntegerField(default=0)),
"""
    add(root, squashed)
    assert check().document["stats"]["judged"] == 0


def test_start_after(root: Path, check: Any) -> None:
    add(root, config='start-after = {shop = "0002"}\n')
    assert check().codes == ["MG302", "MG401", "MG414"]
    add(root, config='start-after = {shop = "0009"}\n')
    assert run(["check", "--project", str(root), "--no-cache"]) == 2


@pytest.mark.parametrize(
    "config, codes",
    [
        ('select = ["MG401"]\n', ["MG401"]),
        ('ignore = ["lock-held-on"]\n', ["MG302", "MG401"]),
        ('extend-select = ["MG416"]\n', ["MG302", "MG401", "MG414", "MG416"]),
        ('per-app-ignores = {shop = ["MG4"]}\n', ["MG302"]),
        ('per-migration-ignores = {"shop.0003*" = ["MG3", "MG4"]}\n', []),
        ('per-file-ignores = {"shop/migrations/0003_*.py" = ["MG302"]}\n', ["MG401", "MG414"]),
        ('severity = {MG4 = "note", MG414 = "error"}\n', ["MG302", "MG414"]),
    ],
)
def test_configuration(root: Path, check: Any, config: str, codes: list[str]) -> None:
    repository(root)
    add(root, config=config)
    assert check("--since", "main").codes == codes


def test_policies_are_off_until_they_are_selected(root: Path, check: Any) -> None:
    add(root)
    assert "MG605" not in check().codes and "MG416" not in check().codes
    assert check("--all", "--select", "MG416").codes == ["MG416", "MG416"]
    assert set(check("--extend-select", "MG416").codes) > {"MG302", "MG416"}


def test_strict_counts_what_is_possible(root: Path, check: Any) -> None:
    renamed = """
--- shop.0003_renamed ---
migrations.RemoveField("product", "name"),
migrations.AddField("product", "title", models.CharField(max_length=50, default="")),
"""
    add(root, renamed)
    assert check("--select", "MG141").status == 0
    assert check("--select", "MG141", "--strict").status == 1


COMMENTED = """
--- shop.0003_depth ---
migrations.AddField("product", "depth", models.IntegerField(default=0)),  # migration-guard: ignore[MG302] small table
# migration-guard: ignore[MG4] at night
migrations.AddIndex(
    "product",
    models.Index(fields=["name"], name="product_name"),
),
"""


def test_comments_excuse_operations(root: Path, check: Any) -> None:
    add(root, COMMENTED)
    repository(root)
    assert check("--all").codes == ["MG302"], "that of 0002"


def test_a_comment_inside_an_operation_is_about_all_of_it(root: Path, check: Any) -> None:
    text = COMMENTED.replace('    "product",\n', '    "product",  # migration-guard: ignore[MG401, MG414]\n').replace(
        "# migration-guard: ignore[MG4] at night\n", ""
    )
    add(root, text)
    assert check("--all").codes == ["MG302"]


def test_a_comment_excuses_a_file(root: Path, check: Any) -> None:
    add(root)
    path = root / "shop/migrations/0003_depth.py"
    path.write_text("# migration-guard: ignore-file[MG3, MG4] nobody uses this yet\n" + path.read_text())
    assert check("--all").codes == ["MG302"]


def test_a_comment_that_excuses_nothing_is_told(root: Path, check: Any) -> None:
    add(root, COMMENTED.replace("ignore[MG302]", "ignore[MG305]").replace("ignore[MG4]", "ignore[MG4, MGX]"))
    said = check("--all")
    assert said.codes == ["MG190", "MG302", "MG302"]
    (unused,) = (item for item in said.findings if item["code"] == "MG190")
    lines = (root / "shop/migrations/0003_depth.py").read_text().splitlines()
    assert "AddField" in lines[unused["place"]["line"] - 1] and "MG305" in unused["message"]


def test_a_string_is_no_comment(root: Path, check: Any) -> None:
    text = """
--- shop.0003_text ---
migrations.AddField("product", "depth", models.IntegerField(default=0, help_text="# migration-guard: ignore[MG302]")),
"""
    add(root, text)
    assert check("--all").codes == ["MG302", "MG302"]


def test_ignore_migration_of_django_migration_linter(root: Path, check: Any) -> None:
    text = """
--- shop.0003_ignored ---
import django_migration_linter as linter
linter.IgnoreMigration(),
migrations.AddField("product", "depth", models.IntegerField(default=0)),
"""
    add(root, text)
    package = "from django.db.migrations.operations.base import Operation\nclass IgnoreMigration(Operation):\n"
    package += "    reversible = True\n    def state_forwards(self, app_label, state):\n        pass\n"
    package += "    def database_forwards(self, app_label, schema_editor, from_state, to_state):\n        pass\n"
    write(root, {"django_migration_linter/__init__.py": package})
    assert check("--all").codes == ["MG302"], "that of 0002"


def test_a_baseline_survives_edits_and_tells_what_is_stale(root: Path, check: Any) -> None:
    add(root)
    baseline = root / "baseline.json"
    assert check("--write-baseline", str(baseline)).status == 0
    said = check("--baseline", str(baseline))
    assert (said.codes, said.status) == ([], 0)
    path = root / "shop/migrations/0003_depth.py"
    path.write_text("# one\n# two\n" + path.read_text())
    assert check("--baseline", str(baseline)).codes == []
    path.write_text(path.read_text().replace('"depth"', '"height"'))
    said = check("--baseline", str(baseline))
    assert said.codes == ["MG302"]
    assert [item["code"] for item in said.findings if item["code"] == "MG191"] == ["MG191"]
    add(root, config='baseline = "baseline.json"\n')
    assert check().codes == []


def test_a_baseline_that_is_none(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "b.json").write_text("[]")
    assert run(["check", "--project", str(root), "--no-cache", "--baseline", str(root / "b.json")]) == 2
    assert run(["check", "--project", str(root), "--no-cache", "--baseline", str(root / "none.json")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_large_tables_decide_how_bad_waiting_is(root: Path, check: Any) -> None:
    repository(root)
    add(root, config='large-tables = ["other"]\n')
    assert check().codes == ["MG302", "MG414"]
    add(root, config='large-tables = ["shop_*"]\n')
    (index,) = (item for item in check().findings if item["code"] == "MG401")
    assert index["severity"] == "error"


@pytest.mark.parametrize(
    "line",
    [
        'hot-table = ["x"]',
        'severity = {MG1 = "bad"}',
        "strict = 1",
        'select = ["MGX"]',
        'per-app-ignores = {x = ["MG1"]}',
    ],
)
def test_mistakes_in_the_configuration(root: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    add(root, config=line + "\n")
    assert run(["check", "--project", str(root), "--no-cache"]) == 2
    assert "Traceback" not in capsys.readouterr().err
