"""Stub of django-treebeard: nodes of nested sets."""

from django.db import models


class NS_NodeManager(models.Manager):
    pass


class NS_Node(models.Model):
    node_order_by = []
    lft = models.PositiveIntegerField(db_index=True)
    rgt = models.PositiveIntegerField(db_index=True)
    tree_id = models.PositiveIntegerField(db_index=True)
    depth = models.PositiveIntegerField(db_index=True)
    objects = NS_NodeManager()

    class Meta:
        abstract = True
