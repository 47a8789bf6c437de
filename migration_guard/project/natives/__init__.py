"""Django as the interpreter sees it: native classes and functions that behave as Django's do in models and migrations.

`catalogue.django_modules(version)` is the way in. Nothing here imports Django or runs code of the project.
"""
