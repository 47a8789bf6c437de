"""Beginnings that examples share: a shop with a product and its maker, as the first migration leaves it."""

SHOP = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Maker",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
),
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50)),
        ("price", models.IntegerField(null=True)),
        ("stock", models.IntegerField()),
    ],
),
"""

CATEGORY = """
migrations.CreateModel(
    "Category",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
),
"""
"""A model that is new in the migration under test."""
