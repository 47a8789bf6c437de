"""Stub of django-treebeard: nodes of materialised paths."""

from django.db import models


class MP_NodeManager(models.Manager):
    pass


class MP_Node(models.Model):
    steplen = 4
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    node_order_by = []
    path = models.CharField(max_length=255, unique=True)
    depth = models.PositiveIntegerField()
    numchild = models.PositiveIntegerField(default=0)
    objects = MP_NodeManager()

    class Meta:
        abstract = True
