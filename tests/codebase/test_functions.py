"""What functions of data migrations are seen to do: against real Django, which runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_oracle import DJANGOS, Django
from django_oracle import Project as Judged
from rule_examples import write

from migration_guard import app
from migration_guard.app import Judging
from migration_guard.diagnostics import Diagnostic
from migration_guard.project.project import Options
from migration_guard.rules.examples import files_of

SHOP = """
--- shop/models.py ---
from django.db import models


class Cheap(models.Manager):
    def cheap(self):
        return self.filter(price__lt=10)


class Maker(models.Model):
    name = models.CharField(max_length=20)


class Product(models.Model):
    name = models.CharField(max_length=20)
    price = models.IntegerField(default=1)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, null=True)
    later = models.IntegerField(null=True)
    objects = Cheap()

    def double(self):
        self.price *= 2
--- shop.0001_initial ---
migrations.CreateModel(
    "Maker",
    [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("name", models.CharField(max_length=20)),
    ],
),
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("name", models.CharField(max_length=20)),
        ("price", models.IntegerField(default=1)),
        ("maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),
    ],
),
--- shop.0002_rows ---
def rows(apps, schema_editor):
    maker = apps.get_model("shop", "Maker").objects.create(name="x")
    apps.get_model("shop", "Product").objects.create(name="x", maker=maker)
migrations.RunPython(rows, migrations.RunPython.noop),
--- shop.0003_data ---
{code}
migrations.RunPython(move, migrations.RunPython.noop),
--- shop.0004_later ---
migrations.AddField("product", "later", models.IntegerField(null=True)),
"""

FAILS = [
    "P.objects.filter(title='x').exists()",
    "P.objects.create(title='x')",
    "P(title='x')",
    "P.objects.order_by('title').first()",
    "P.objects.values_list('title')[:1]",
    "P.objects.filter(maker__title='x').exists()",
    "P.objects.filter(later=3).exists()",
    "P.objects.filter(price__lt=models.F('later')).exists()",
    "P.objects.cheap()",
    "P.objects.first().double()",
    "P.objects.first().maker.title",
    "P.objects.first().later",
    "P.objects.select_related('owner').first()",
    "P.objects.update(title='x')",
    "M.objects.first().product_set.filter(title='x').first()",
    "M.objects.filter(product__later=1).exists()",
    "M.objects.first().products",
    "[p.double() for p in P.objects.all()]",
    "apps.get_model('shop', 'Nothing')",
    "apps.get_model('shop.Nothing')",
    "apps.get_model('nothing', 'Nothing')",
    "P.published.all()",
    "helper(P.objects.first())",
]
WORKS = [
    "P.objects.filter(name='x', maker__name='x').exclude(pk=0).order_by('-price', '?').first()",
    "P.objects.first().maker.product_set.filter(price__gte=0).update(price=2)",
    "P.objects.annotate(big=models.F('price') + 1).filter(big=2).order_by('big').first().big",
    "P.objects.values('price').annotate(n=models.Count('id')).filter(n__gt=0).count()",
    "M.objects.filter(product__price=1).count()",
    "M.objects.annotate(n=models.Count('product')).filter(n=1).first()",
    "P.objects.get_or_create(name='y', defaults={'price': 3})[0].save(update_fields=['price'])",
    "P.objects.first().refresh_from_db(fields=['name'])",
    "P.objects.first().maker_id",
    "P.objects.filter(maker_id=1).count()",
    "P._meta.get_field('name')",
    "P.objects.filter(**{'name': 'x'}).values_list('maker__name', 'id')",
    "[p.name for p in P.objects.using(schema_editor.connection.alias).iterator()]",
    "P.objects.bulk_create([P(name='z'), P(name='w', price=3)])",
    "P.objects.in_bulk([1])",
    "P.objects.filter(models.Q(name='x') | models.Q(maker__name__in=['x'])).delete()",
    "setattr(P.objects.first(), 'note', 3)",
    "P.objects.first().get_deferred_fields()",
    "P.DoesNotExist",
    "getattr(P.objects.first(), 'nothing', None)",
    "P.objects.filter(maker=M.objects.first()).first().maker.name.upper()",
    "P.objects.latest('price').pk",
    "P.objects.dates",
    "P.objects.all().query",
    "[p.nothing if hasattr(p, 'nothing') else 1 for p in P.objects.all()]",
    "[p.nothing if is_odd(p) else 1 for p in P.objects.all()]",
    "try:\n        apps.get_model('shop', 'X')\n    except LookupError:\n        return\n    P.objects.first().nothing",
]
HEAD = """
from django.db import models


def helper(product):
    return product.double()


def is_odd(product):
    return product.pk == 0


def move(apps, schema_editor):
    P, M = apps.get_model("shop", "Product"), apps.get_model("shop", "Maker")
"""


def project(root: Path, code: str) -> Path:
    text = SHOP.replace("{code}", HEAD.strip("\n") + f"\n    {code}")
    files = files_of(text, ("sqlite",)).now
    files["proj/settings.py"] += 'DATABASES["default"]["NAME"] = ":memory:"\n'
    write(root, files)
    return root


def findings(root: Path) -> list[Diagnostic]:
    opened = app.open_project(Options(project=root, cache=False, django_version="5.2"))
    report = app.check(opened, (), ["MG503", "MG504", "MG505", "MG506"], (), Judging(since="all"))
    return [item for item in report.diagnostics if "0003_data" in item.subject]


def judge() -> Django:
    found = [django for django in DJANGOS if django.series == "5.2"]
    if not found:
        pytest.skip("no Django 5.2 on this machine")
    return found[0]


@pytest.mark.parametrize("code", FAILS)
def test_what_fails_is_found(code: str, tmp_path: Path) -> None:
    root = project(tmp_path, code)
    assert judge().manage(Judged(root, "proj.settings"), ["migrate", "-v0"]).code != 0, "Django does not mind"
    assert findings(root)


@pytest.mark.parametrize("code", WORKS)
def test_what_works_is_silent(code: str, tmp_path: Path) -> None:
    root = project(tmp_path, code)
    ran = judge().manage(Judged(root, "proj.settings"), ["migrate", "-v0"])
    assert ran.code == 0, ran.stderr
    assert not findings(root)
