from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.config import Config, ConfigError, find_config, read_config


def write(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def test_every_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
[tool.migration_guard]
project = "backend"
settings-module = "proj.settings"
python = ".venv/bin/python"
django_version = "5.2"
select = ["MG1", "MG2"]
ignore = "MG9, MG101"
exclude = ["examples/*"]
cache-dir = ".cache/mg"
databases = "postgresql"
[tool.migration_guard.settings]
AUTH_USER_MODEL = "users.User"
[tool.migration_guard.values]
"env:NAME" = "x"
[tool.migration_guard.answers]
rename = true
""",
    )
    config = read_config(path)
    assert config == Config(
        path=path,
        project=tmp_path / "backend",
        settings="proj.settings",
        python=tmp_path / ".venv/bin/python",
        django_version=(5, 2),
        select=("MG1", "MG2"),
        ignore=("MG9", "MG101"),
        exclude=("examples/*",),
        cache_dir=tmp_path / ".cache/mg",
        databases={"default": "postgresql"},
        settings_values={"AUTH_USER_MODEL": "users.User"},
        values={"env:NAME": "x"},
        answers={"rename": True},
    )


def test_settings_is_a_module_or_a_table(tmp_path: Path) -> None:
    path = write(tmp_path, '[tool.migration_guard]\nsettings = "a.b"\n[tool.migration_guard.settings-values]\nX = 1\n')
    config = read_config(path)
    assert config is not None
    assert (config.settings, config.settings_values) == ("a.b", {"X": 1})


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("[tool.migration_guard]\n\nselct = []\n", 3, "did you mean `select`?"),
        ("[tool.migration_guard]\nzzz = 1\n", 2, "known keys: answers, baseline, cache-dir"),
        ("[tool.migration_guard]\nselect = 3\n", 2, "must be a list of strings, not a number 3"),
        ("[project]\nname='x'\n[tool.migration_guard]\ndjango-version = 'five'\n", 4, 'a version such as "5.2"'),
        ("[tool.migration_guard]\nsettings = 'a'\nsettings-module = 'b'\n", 3, "say the same"),
        ("[tool.migration_guard.valuse]\nx = 1\n", 1, "did you mean `values`?"),
        ("[tool.migration_guard]\nx = = 1\n", 2, "not valid TOML"),
    ],
)
def test_errors_say_where_and_what(tmp_path: Path, text: str, line: int, part: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert caught.value.line == line
    assert part in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_nearest_file_up_to_the_git_root(tmp_path: Path) -> None:
    write(tmp_path, '[tool.migration_guard]\nsettings = "outside"\n')
    repo = tmp_path / "repo"
    inner = repo / "backend" / "app"
    inner.mkdir(parents=True)
    (repo / ".git").mkdir()
    assert find_config(inner) == Config()
    write(repo, '[tool.migration_guard]\nsettings = "repo"\n')
    write(repo / "backend", '[project]\nname = "backend"\n')
    assert find_config(inner).settings == "repo"
    write(repo / "backend", '[tool.migration-guard]\nsettings = "backend"\n')
    assert find_config(inner).settings == "backend"


def test_toml_is_not_parsed_without_our_table(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, "this is not = = toml")) is None
