"""Stub of django-model-utils."""

from .choices import Choices
