"""The hooks as the real pre-commit runs them: cloned, installed in environments of their own, in real repositories."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Project, copied

from tests.hooks.checkout import checked, own_checkout, run
from tests.rebase import repositories
from tests.rebase.repositories import START, initial, models

DJANGO = next(item for item in DJANGOS if item.series == "5.2")


@pytest.fixture(scope="session")
def hooks() -> tuple[Path, str]:
    return own_checkout()


@dataclass
class Repository:
    """A repository with the hooks installed by pre-commit."""

    root: Path
    files: dict[str, str | None] = field(default_factory=dict)

    def git(self, *words: str) -> str:
        return checked(self.root, "git", *words)

    def write(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)

    def add(self, files: Mapping[str, str | None]) -> None:
        self.write(files)
        self.git("add", "-A", "--", *files)

    def commit(self, *words: str) -> tuple[bool, str]:
        """`git commit`, through the hooks: whether there is a commit, and what was said."""
        done = run(self.root, "git", "commit", "-m", "change", *words)
        return done.returncode == 0, done.stdout + done.stderr

    def last(self) -> list[str]:
        return self.git("show", "--name-only", "--format=", "HEAD").split()

    def configure(self, hooks: tuple[Path, str], *wanted: str) -> None:
        lines = [f"repos:\n- repo: {hooks[0]}\n  rev: {hooks[1]}\n  hooks:\n"]
        for words in wanted:
            name, *arguments = words.split()
            lines.append(f"  - id: {name}\n    args: {arguments!r}\n    verbose: true\n")
        self.write({".pre-commit-config.yaml": "".join(lines)})


def repository(
    root: Path, hooks: tuple[Path, str], *wanted: str, files: Mapping[str, str | None] = START
) -> Repository:
    made = Repository(root)
    root.mkdir(parents=True)
    made.git("init", "-q", "-b", "main")
    made.configure(hooks, *wanted)
    made.write({"requirements.txt": "Django==5.2\n"})
    made.write(files)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "start")
    checked(root, sys.executable, "-m", "pre_commit", "install")
    return made


def model(name: str, *fields: str) -> str:
    return repositories.model(name, *fields).replace("default=''", "null=True")


def adding(model_name: str, field: str, *dependencies: tuple[str, str]) -> str:
    return repositories.adding(model_name, field, *dependencies).replace("default=''", "null=True")


OWN = {"blog/models.py": models(model("Post", "own"))}
MIGRATION = {"blog/migrations/0002_post_own.py": adding("post", "own", ("blog", "0001_initial"))}


@pytest.fixture
def work(tmp_path: Path, hooks: tuple[Path, str]) -> Repository:
    return repository(tmp_path / "work", hooks, "migration-guard")


def test_clean_commits(work: Repository) -> None:
    work.add({"notes.md": "x\n"})
    assert work.commit()[0]
    work.add({**OWN, **MIGRATION})
    done, said = work.commit()
    assert done and "No changes detected in 2 apps" in said


def test_a_missing_migration_stops_the_commit(work: Repository) -> None:
    work.add(OWN)
    done, said = work.commit()
    assert not done and "blog lacks a migration: 0002_post_own" in said
    work.add(MIGRATION)
    assert work.commit()[0]


def test_a_deleted_migration_stops_the_commit(work: Repository) -> None:
    work.add({"blog/migrations/0001_initial.py": None})
    done, said = work.commit()
    assert not done and "blog lacks a migration: 0001_initial" in said


def test_a_migration_that_is_not_staged_does_not_count(work: Repository) -> None:
    work.write(MIGRATION)
    work.add(OWN)
    done, said = work.commit()
    assert not done and "blog lacks a migration: 0002_post_own" in said
    assert (work.root / "blog/migrations/0002_post_own.py").is_file()


def test_unstaged_changes_stay_out_and_survive(work: Repository) -> None:
    work.add({**OWN, **MIGRATION})
    later = models(model("Post", "own", "later"))
    work.write({"blog/models.py": later})
    done, said = work.commit()
    assert done, said
    assert (work.root / "blog/models.py").read_text() == later
    assert work.git("status", "--porcelain").split() == ["M", "blog/models.py"]
    assert "later" not in work.git("show", "HEAD:blog/models.py")


def test_amending(work: Repository) -> None:
    work.add({**OWN, **MIGRATION})
    assert work.commit()[0]
    assert work.commit("--amend", "--allow-empty")[0]
    work.add({"blog/models.py": models(model("Post", "own", "more"))})
    done, said = work.commit("--amend")
    assert not done and "blog lacks a migration: 0003_post_more" in said
    assert work.git("log", "--oneline").count("\n") == 2


def test_written_and_reviewed(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work = repository(tmp_path / "work", hooks, "migration-guard-makemigrations")
    work.add(OWN)
    done, said = work.commit()
    assert not done and "git add blog/migrations/0002_post_own.py" in said
    assert work.git("status", "--porcelain").splitlines() == [
        "M  blog/models.py",
        "?? blog/migrations/0002_post_own.py",
    ]
    work.git("add", "-A")
    assert work.commit()[0]
    assert work.last() == ["blog/migrations/0002_post_own.py", "blog/models.py"]


def test_written_and_part_of_the_commit(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work = repository(tmp_path / "work", hooks, "migration-guard-makemigrations --stage", "migration-guard")
    later = models(model("Post", "own", "later"))
    work.add(OWN)
    work.write({"blog/models.py": later, "untracked.txt": "x"})
    done, said = work.commit()
    assert done, said
    assert "Added to the commit: blog/migrations/0002_post_own.py" in said
    assert work.last() == ["blog/migrations/0002_post_own.py", "blog/models.py"]
    assert (work.root / "blog/models.py").read_text() == later
    assert work.git("status", "--porcelain").splitlines() == [" M blog/models.py", "?? untracked.txt"]
    text = work.git("show", "HEAD:blog/migrations/0002_post_own.py")
    assert "name='own'" in text and "later" not in text
    work.git("checkout", "-q", "--", ".")
    with copied(Project(work.root, "proj.settings")) as copy:
        ran = DJANGO.manage(copy, ["makemigrations", "--check", "--dry-run"])
        assert ran.code == 0, ran.stdout + ran.stderr


def test_a_commit_of_named_paths_cannot_be_added_to(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work = repository(tmp_path / "work", hooks, "migration-guard-makemigrations --stage")
    work.write(OWN)
    done, said = work.commit("blog/models.py")
    assert not done and "nothing can be added to it" in said
    assert work.git("status", "--porcelain").splitlines() == [
        " M blog/models.py",
        "?? blog/migrations/0002_post_own.py",
    ]


THEIRS = {
    "shop/dated.py": "x = 1\n",
    "blog/models.py": models(model("Post")) + "\n\n# a\n# b\n# c\n# d\n" + model("Tag"),
    "blog/migrations/0002_tag.py": initial("Tag")
    .replace("    initial = True\n\n", "")
    .replace("dependencies = [\n", 'dependencies = [("blog", "0001_initial"),\n'),
}


def conflicting(work: Repository) -> None:
    """Main and the branch "feature", each with a second migration."""
    work.git("checkout", "-q", "-b", "feature")
    work.add({**OWN, **MIGRATION})
    work.git("commit", "-q", "--no-verify", "-m", "own")
    work.git("checkout", "-q", "main")
    work.add(THEIRS)
    work.git("commit", "-q", "--no-verify", "-m", "theirs")
    work.git("checkout", "-q", "feature")


def test_a_conflict_with_the_base_branch(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work = repository(tmp_path / "work", hooks, "migration-guard --against main")
    conflicting(work)
    work.add({"shop/views.py": "y = 1\n"})
    done, said = work.commit()
    assert not done and "0002_post_own, 0002_tag in blog" in said
    assert "run: migration-guard rebase blog --onto main" in said


def test_a_conflict_is_rebased(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work = repository(tmp_path / "work", hooks, "migration-guard-rebase --onto main")
    conflicting(work)
    work.add({"shop/views.py": "y = 1\n"})
    done, said = work.commit()
    assert not done and "Rebased blog onto main" in said
    work.git("add", "-A")
    done, said = work.commit()
    assert done, said
    assert "blog/migrations/0003_post_own.py" in work.git("ls-files")
    run(work.root, "git", "merge", "-q", "--no-edit", "main")
    assert sorted(path.name for path in (work.root / "blog/migrations").glob("0*")) == [
        "0001_initial.py",
        "0002_tag.py",
        "0003_post_own.py",
    ]


def test_a_rebase_under_way(work: Repository, tmp_path: Path, hooks: tuple[Path, str]) -> None:
    work.configure(hooks, "migration-guard", "migration-guard-rebase --onto main")
    work.git("commit", "-qam", "hooks", "--no-verify")
    conflicting(work)
    done = run(work.root, "git", "rebase", "--exec", "false", "main")
    assert done.returncode != 0
    if work.git("diff", "--name-only", "--diff-filter=U").strip():
        work.add(
            {
                "blog/models.py": str(THEIRS["blog/models.py"]).replace(
                    "    pass\n", "    own = models.TextField(null=True)\n", 1
                )
            }
        )
    work.add({"notes.md": "x\n", "shop/views.py": "y = 1\n"})
    done_, said = work.commit()
    assert not done_ and "Conflicting migrations" in said
    assert "Rebased" not in said


def test_a_worktree(work: Repository, tmp_path: Path) -> None:
    work.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree")
    tree.add(OWN)
    done, said = tree.commit()
    assert not done and "blog lacks a migration: 0002_post_own" in said
    tree.add(MIGRATION)
    assert tree.commit()[0]


def test_a_repository_without_settings(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    app = {name.removeprefix("blog/"): text for name, text in START.items() if name.startswith("blog/")}
    files = {f"blog/{name}": text for name, text in app.items()}
    work = repository(tmp_path / "work", hooks, "migration-guard", files=files)
    work.add(OWN)
    done, said = work.commit()
    assert not done and "blog lacks a migration: 0002_post_own" in said and "no settings module was found" in said
    work.add(MIGRATION)
    assert work.commit()[0]


def test_a_monorepo(tmp_path: Path, hooks: tuple[Path, str]) -> None:
    files = {f"services/{service}/{name}": text for service in ("one", "two") for name, text in START.items()}
    work = repository(
        tmp_path / "work", hooks, "migration-guard-makemigrations", "migration-guard", files={**files, "docs/a.md": ""}
    )
    work.add({"services/two/blog/models.py": OWN["blog/models.py"]})
    done, said = work.commit()
    assert not done and "git add services/two/blog/migrations/0002_post_own.py" in said
    work.git("add", "-A")
    done, said = work.commit()
    assert done, said
    assert work.last() == ["services/two/blog/migrations/0002_post_own.py", "services/two/blog/models.py"]


def test_all_files(work: Repository) -> None:
    """As CI services run it: nothing is staged, everything is judged."""
    work.add(OWN)
    work.git("commit", "-q", "--no-verify", "-m", "red")
    done = run(work.root, sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert done.returncode == 1 and "blog lacks a migration" in done.stdout


def test_the_environment_of_the_project_is_found(work: Repository, tmp_path: Path) -> None:
    """What is installed beside the project is read, though pre-commit activates an environment of its own."""
    site = work.root / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "fieldpackage").mkdir(parents=True)
    (work.root / ".venv" / "pyvenv.cfg").write_text("version = 3.11.4\n")
    (site / "fieldpackage" / "__init__.py").write_text(
        "from django.db import models\n\n\nclass Wide(models.TextField):\n    pass\n"
    )
    text = (
        "from django.db import models\nfrom fieldpackage import Wide\n\n\nclass Post(models.Model):\n    own = Wide()\n"
    )
    work.add({".gitignore": ".venv\n", "blog/models.py": text})
    done, said = work.commit()
    assert not done and "add field own Wide" in said, said
