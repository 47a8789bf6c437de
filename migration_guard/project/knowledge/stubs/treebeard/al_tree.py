"""Stub of django-treebeard: nodes of adjacency lists; subclasses bring their own fields."""

from django.db import models


class AL_NodeManager(models.Manager):
    pass


class AL_Node(models.Model):
    objects = AL_NodeManager()
    node_order_by = None

    class Meta:
        abstract = True
