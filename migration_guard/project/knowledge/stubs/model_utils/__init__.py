"""Stub of django-model-utils."""

from model_utils.choices import Choices
