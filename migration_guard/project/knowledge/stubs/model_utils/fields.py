"""Stub of django-model-utils: what its fields deconstruct to."""

import uuid

from django.db import models
from django.utils.timezone import now


class AutoCreatedField(models.DateTimeField):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"editable": False, "default": now, **kwargs})


class AutoLastModifiedField(AutoCreatedField):
    pass


class MonitorField(models.DateTimeField):
    def __init__(self, *args, monitor, when=None, **kwargs):
        kwargs.setdefault("default", None if kwargs.get("null") else now)
        self.monitor = monitor
        self.when = when if when is None else set(when)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["monitor"] = self.monitor
        if self.when is not None:
            kwargs["when"] = self.when
        return name, path, args, kwargs


class UUIDField(models.UUIDField):
    def __init__(self, primary_key=True, version=4, editable=False, *args, **kwargs):
        makers = {1: uuid.uuid1, 3: uuid.uuid3, 4: uuid.uuid4, 5: uuid.uuid5}
        kwargs = {"primary_key": primary_key, "editable": editable, "default": makers[version], **kwargs}
        super().__init__(*args, **kwargs)


class UrlsafeTokenField(models.CharField):
    def __init__(self, editable=False, max_length=128, factory=None, **kwargs):
        self._factory = factory
        kwargs.pop("default", None)
        super().__init__(editable=editable, max_length=max_length, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["factory"] = self._factory
        return name, path, args, kwargs
