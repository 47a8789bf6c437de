from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.project.scripts import Script, read_script

NAME = "DJANGO_SETTINGS_MODULE"


def script(folder: Path, text: str) -> Script:
    path = folder / "manage.py"
    path.write_text("import os, sys\nfrom pathlib import Path\n" + text)
    found = read_script(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("def main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.b')\n", ("a.b",)),
        ("os.environ['DJANGO_SETTINGS_MODULE'] = 'a.b'\n", ("a.b",)),
        ("X = 'a'\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', X + '.b')\n", ("a.b",)),
        ("E = os.environ.get('ENV', 'dev')\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', f's.{E}')\n", ("s.dev",)),
        ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's.%s' % os.getenv('E', 'dev'))\n", ("s.dev",)),
        (
            "m = 'a'\nif 'test' in sys.argv:\n    m = 'b'\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', m)\n",
            ("a",),
        ),
        (
            """
if 'test' in sys.argv:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's.test')
else:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's.dev')
""",
            ("s.dev", "s.test"),
        ),
        (
            "m = 's.test' if sys.argv[1] == 'test' else 's'\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', m)\n",
            ("s",),
        ),
        ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's.a' if unknown() else 's.b')\n", ("s.a", "s.b")),
        (
            "if 'X' in os.environ:\n    m = 's.x'\nelse:\n    m = 's.y'\nos.environ['DJANGO_SETTINGS_MODULE'] = m\n",
            ("s.y",),
        ),
    ],
)
def test_environment(tmp_path: Path, text: str, values: tuple[str, ...]) -> None:
    assert script(tmp_path, text).environment[NAME] == values


def test_search_path(tmp_path: Path) -> None:
    found = script(
        tmp_path,
        "HERE = os.path.dirname(os.path.abspath(__file__))\n"
        "sys.path.insert(0, os.path.join(HERE, 'apps'))\n"
        "sys.path.insert(0, os.path.join(HERE, '..', 'lib'))\n"
        "sys.path.append(str(Path(__file__).parent.resolve() / 'proj'))\n"
        "sys.path.append(unknown)\n",
    )
    assert found.first_paths == (tmp_path.parent / "lib", tmp_path / "apps")
    assert found.last_paths == (tmp_path / "proj",)


def test_not_python(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("def (:\n")
    assert read_script(tmp_path / "manage.py") is None
