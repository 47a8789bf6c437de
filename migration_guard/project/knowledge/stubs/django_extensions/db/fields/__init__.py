"""Stub of django-extensions: what its fields deconstruct to."""

from django.db import models


class AutoSlugField(models.SlugField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        self._populate_from = kwargs.pop("populate_from")
        self.separator = kwargs.pop("separator", "-")
        self.overwrite = kwargs.pop("overwrite", False)
        self.allow_duplicates = kwargs.pop("allow_duplicates", False)
        for name in ("slugify_function", "overwrite_on_add", "max_unique_query_attempts"):
            kwargs.pop(name, None)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["populate_from"] = self._populate_from
        if self.separator != "-":
            kwargs["separator"] = self.separator
        if self.overwrite:
            kwargs["overwrite"] = True
        if self.allow_duplicates:
            kwargs["allow_duplicates"] = True
        return name, path, args, kwargs


class RandomCharField(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("unique", False)
        self.length = kwargs["max_length"] = kwargs.pop("length")
        self.given = {}
        for name, default in (
            ("lowercase", False),
            ("uppercase", False),
            ("include_alpha", True),
            ("include_digits", True),
            ("include_punctuation", False),
        ):
            value = kwargs.pop(name, default)
            if value is not default:
                self.given[name] = value
        for name in ("keep_default", "max_unique_query_attempts"):
            kwargs.pop(name, None)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["length"] = self.length
        del kwargs["max_length"]
        kwargs.update(self.given)
        return name, path, args, kwargs


class CreationDateTimeField(models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("auto_now_add", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.auto_now_add is not False:
            kwargs["auto_now_add"] = True
        return name, path, args, kwargs


class ModificationDateTimeField(CreationDateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("auto_now", True)
        models.DateTimeField.__init__(self, *args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.editable is not False:
            kwargs["editable"] = True
        if self.blank is not True:
            kwargs["blank"] = False
        return name, path, args, kwargs
