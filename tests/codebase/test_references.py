"""What still speaks of a field that is gone, in every form that code and templates know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rule_examples import write

from migration_guard.app import open_project
from migration_guard.codebase.search import Codebase, Gone, Mention
from migration_guard.project.project import Options, Project
from migration_guard.rules.examples import files_of

SHOP = """
--- shop/models.py ---
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=20)


class Product(models.Model):
    name = models.CharField(max_length=20)
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="products")

    @property
    def label(self):
        return self.name
--- shop.0001_initial ---
migrations.CreateModel(
    "Maker",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))],
),
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("maker", models.ForeignKey("shop.maker", models.CASCADE, related_name="products")),
        ("colour", models.CharField(max_length=20)),
        ("label", models.CharField(max_length=20)),
        ("owner", models.ForeignKey("shop.maker", models.CASCADE, related_name="owned")),
        ("serial_number", models.CharField(max_length=20)),
    ],
),
--- shop.0002_gone ---
migrations.RemoveField("product", "colour"),
migrations.RemoveField("product", "label"),
migrations.RemoveField("product", "owner"),
migrations.RemoveField("product", "serial_number"),
"""


def opened(root: Path, more: str) -> Project:
    write(root, files_of(SHOP + more).now)
    return open_project(Options(project=root, cache=False, django_version="5.2"))


def mentions(root: Path, more: str, name: str = "colour") -> tuple[Mention, ...]:
    """Everything that speaks of a field of Product."""
    project = opened(root, more)
    before = project.state_before(("shop", "0002_gone"))
    model = before.get(("shop", "product"))
    assert model is not None
    return Codebase(project).mentions(Gone(model, name, model.fields[name]))


VIEWS = "--- shop/views.py ---\nfrom django.db.models import F, Q, Sum\nfrom shop import models\n"
VIEWS += "from shop.models import Maker, Product\nfrom django.shortcuts import get_object_or_404\n"

SURE = [
    "Product.objects.filter(colour='red')",
    "Product.objects.filter(colour__startswith='r').exclude(name='x')",
    "Product.objects.exclude(name='x').order_by('-colour')",
    "Product.objects.values('name', 'colour')",
    "Product.objects.values_list('colour', flat=True)",
    "Product.objects.only('colour')",
    "Product.objects.defer('colour')",
    "Product.objects.create(name='x', colour='red')",
    "Product.objects.update(colour='red')",
    "Product.objects.get_or_create(name='x', defaults={'colour': 'red'})",
    "Product.objects.bulk_update([], ['colour'])",
    "Product.objects.filter(Q(name='x') | Q(colour='red'))",
    "Product.objects.annotate(upper=F('colour'))",
    "Product.objects.aggregate(all=Sum('colour'))",
    "Product.objects.filter(**{'colour': 'red'})",
    "Product(colour='red')",
    "Product.colour",
    "models.Product.objects.get(colour='red')",
    "get_object_or_404(Product, colour='red')",
    "Product.objects.first().colour",
    "[product.colour for product in Product.objects.all()]",
    "Product.objects.filter(name='x')[0].colour",
    "Maker.objects.filter(products__colour='red')",
    "Maker.objects.first().products.filter(colour='red')",
    "getattr(Product.objects.first(), 'colour')",
    "Product.objects.get(name='x').save(update_fields=['colour'])",
    "Product.objects.first().get_colour_display()",
    "Product.objects.filter(maker__products__colour='red')",
]


@pytest.mark.parametrize("code", SURE)
def test_certain(code: str, tmp_path: Path) -> None:
    (found,) = mentions(tmp_path, VIEWS + f"def view():\n    return {code}\n")
    assert found.certain and found.place.line == 6, found


@pytest.mark.parametrize(
    "code",
    [
        "for product in Product.objects.all():\n    product.colour",
        "product, made = Product.objects.get_or_create(name='x')\nproduct.colour",
        "def view(product: Product):\n    return product.colour",
        "def view(product: 'Product | None'):\n    return product.colour",
        "with open('x'):\n    Product.objects.filter(colour='red')",
        "async def view():\n    return (await Product.objects.aget(name='x')).colour",
        "class View:\n    model = Product\n    fields = ['name', 'colour']",
    ],
)
def test_certain_in_statements(code: str, tmp_path: Path) -> None:
    found = mentions(tmp_path, VIEWS + code + "\n")
    assert len(found) == 1 and found[0].certain == (not code.startswith("class")), found


@pytest.mark.parametrize(
    "code",
    [
        "def paint(car):\n    return car.colour",
        "Maker.objects.filter(name='colour')",
        "print('colour')",
        "colour = 'red'\nprint(colour)",
        "if hasattr(Product, 'colour'):\n    Product.colour",
        "try:\n    Product.objects.filter(colour='red')\nexcept Exception:\n    pass",
        "getattr(Product.objects.first(), 'colour', None)",
        "Maker.objects.filter(products__name='colour')",
    ],
)
def test_silent(code: str, tmp_path: Path) -> None:
    assert not mentions(tmp_path, VIEWS + code + "\n")


def test_annotations_of_the_same_name_make_it_uncertain(tmp_path: Path) -> None:
    code = "Product.objects.annotate(colour=F('name')).filter(colour='red')\n"
    assert all(not found.certain for found in mentions(tmp_path, VIEWS + code))


@pytest.mark.parametrize(
    "code",
    [
        "    try:\n        return Product.objects.order_by('name')\n    except AttributeError:\n"
        "        return Product.objects.order_by('colour')\n",
        "    if _version < 5:\n        return Product.objects.order_by('colour')\n",
    ],
)
def test_what_is_done_under_other_versions_is_not_certain(code: str, tmp_path: Path) -> None:
    (found,) = mentions(tmp_path, VIEWS + "_version = 5\n\n\ndef view():\n" + code)
    assert not found.certain


def test_admin_forms_and_serializers(tmp_path: Path) -> None:
    code = """
--- shop/admin.py ---
from django import forms
from django.contrib import admin
from shop.models import Product


class Form(forms.ModelForm):
    class Meta:
        model = Product
        fields = ["name", "colour"]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "colour")
    fieldsets = [(None, {"fields": ["name", "colour"]})]
    search_fields = ["=colour"]


class Other(admin.ModelAdmin):
    list_display = ["name", "colour"]

    def colour(self, obj):
        return obj.name
admin.site.register(Product, Other)
"""
    found = mentions(tmp_path, code)
    assert [(item.place.line, item.certain) for item in found] == [(9, True), (14, True), (15, True), (16, True)]


def test_the_model_itself(tmp_path: Path) -> None:
    code = SHOP.replace("    @property", "    class Meta:\n        ordering = ['colour']\n\n    @property").replace(
        "return self.name", "return self.colour"
    )
    write(tmp_path, files_of(code).now)
    project = open_project(Options(project=tmp_path, cache=False, django_version="5.2"))
    model = project.state_before(("shop", "0002_gone")).get(("shop", "product"))
    assert model is not None
    found = Codebase(project).mentions(Gone(model, "colour", model.fields["colour"]))
    assert sorted((item.place.line, item.how) for item in found) == [(13, "listed in ordering"), (17, ".colour")]


def test_a_property_takes_the_place_of_the_field(tmp_path: Path) -> None:
    """Attributes still work; queries do not."""
    code = VIEWS + "Product.objects.first().label\nProduct.objects.filter(label='x')\n"
    (found,) = mentions(tmp_path, code, "label")
    assert found.place.line == 6 and found.certain


def test_the_other_side_of_a_relation(tmp_path: Path) -> None:
    code = VIEWS + "Maker.objects.first().owned.all()\nMaker.objects.filter(owned__name='x')\n"
    code += "Product.objects.first().owner_id\nProduct.objects.select_related('owner')\n"
    assert [found.place.line for found in mentions(tmp_path, code, "owner")] == [5, 6, 7, 8]


def test_distinctive_names_count_anywhere(tmp_path: Path) -> None:
    code = "--- shop/views.py ---\ndef view(thing):\n    return thing.serial_number\n"
    code += "--- templates/x.html ---\n<p>{{ thing.serial_number }}</p> thing.serial_number\n"
    found = mentions(tmp_path, code, "serial_number")
    assert [(Path(item.place.file).name, item.certain) for item in found] == [("views.py", False), ("x.html", False)]


def test_names_that_others_define_are_not_distinctive(tmp_path: Path) -> None:
    code = "--- shop/views.py ---\nclass Thing:\n    serial_number = 3\n\n\n"
    code += "def view(thing):\n    return thing.serial_number\n"
    assert not mentions(tmp_path, code, "serial_number")


def test_templates(tmp_path: Path) -> None:
    html = """
--- shop/templates/shop/product.html ---
{{ product.colour }}
{% if product.colour == "red" %}red{% endif %}
{{ car.colour }} {{ shop.product.colour }} product.colour {{ product.colours }}
"""
    found = mentions(tmp_path, html)
    assert [(item.place.line, item.place.column, item.certain) for item in found] == [(1, 4, False), (2, 7, False)]


@pytest.mark.parametrize(
    "path", ["shop/tests/test_x.py", "shop/test_views.py", "shop/migrations/0003_x.py", "conftest.py"]
)
def test_tests_and_migrations_are_left_out(path: str, tmp_path: Path) -> None:
    code = f"--- {path} ---\nfrom shop.models import Product\nProduct.objects.filter(colour='red')\n"
    if "migrations" in path:
        code += "class Migration:\n    pass\n"
    assert not [found for found in mentions(tmp_path, code) if not re.search("models.py", found.place.file)]


def test_files_that_are_no_python_are_left_out(tmp_path: Path) -> None:
    code = "--- shop/broken.py ---\ndef colour(:\n--- shop/deep.py ---\n" + "(" * 500 + "colour" + ")" * 500 + "\n"
    assert not mentions(tmp_path, code)
