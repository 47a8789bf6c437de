"""Custom fields, validators, storages and expressions: written in the project, interpreted from their source."""

from django.core.files.storage import FileSystemStorage
from django.core.files.storage import default_storage as _default_storage
from django.core.validators import BaseValidator, RegexValidator, int_list_validator
from django.db import models
from django.utils.deconstruct import deconstructible


class Short(models.CharField):
    description = "A short text"

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 10
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs


class Shorter(Short):
    pass


class Hand(models.Field):
    def __init__(self, cards, *args, separator=",", **kwargs):
        self.cards = cards
        self.separator = separator
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.separator != ",":
            kwargs["separator"] = self.separator
        args = [self.cards]
        return name, path, args, kwargs


class Loud:
    def __init__(self, *args, loud=True, **kwargs):
        self.loud = loud
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["loud"] = self.loud
        return name, path, args, kwargs


class LoudText(Loud, models.TextField):
    pass


class Renamed(models.IntegerField):
    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.IntegerField", args, kwargs


class Owner(models.ForeignKey):
    def __init__(self, **kwargs):
        kwargs.setdefault("to", "auth.Group")
        kwargs["on_delete"] = models.CASCADE
        kwargs.setdefault("related_name", "owned")
        super().__init__(**kwargs)


class OldStyle(models.CharField):
    def __init__(self, *args, **kwargs):
        self.width = kwargs.pop("width", 3)
        if "default" not in kwargs and self.width > 2:
            kwargs["default"] = "x" * self.width
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.update(width=self.width)
        if self.has_default():
            kwargs.pop("default", None)
        return (name, path, args, kwargs)


class NoInit(models.PositiveSmallIntegerField):
    def db_type(self, connection):
        return "tinyint"


class WithProperty(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("choices", [("a", "A")])
        super().__init__(*args, **kwargs)
        self.validators.append(RegexValidator("x"))
        self.flat = [value for value, _ in self.flatchoices]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs["flat"] = self.flat
        kwargs["unique_too"] = self.unique
        return name, path, args, kwargs


class Clocked(models.DateTimeField):
    def __init__(self, *args, **kwargs):
        kwargs["auto_now_add"] = True
        super().__init__(*args, **kwargs)


class Kept(models.FileField):
    pass


@deconstructible
class Even:
    def __init__(self, modulus=2, *, message="even"):
        self.modulus = modulus

    def __call__(self, value):
        pass


@deconstructible(path="custom.moved.Odd")
class Odd:
    def __init__(self, *args):
        self.args = args

    def __call__(self, value):
        pass


class Odder(Odd):
    pass


class Upper(BaseValidator):
    pass


@deconstructible
class Elsewhere(FileSystemStorage):
    pass


class Clamp(models.Func):
    function = "CLAMP"

    def __init__(self, expression, low=0, **extra):
        super().__init__(expression, low, **extra)


def get_storage():
    return _default_storage


short = Short()
short_verbose = Short("a name", blank=True, max_length=99)
shorter = Shorter(null=True)
hand = Hand(5)
hand_all = Hand(cards=3, separator="|", null=True)
loud = LoudText(blank=True, loud=False)
renamed = Renamed(default=4)
owner = Owner()
owner_to = Owner(to="x.Y", related_name="+", null=True)
old_style = OldStyle(max_length=5)
old_style_width = OldStyle(max_length=5, width=1, default="q")
no_init = NoInit(default=1)
with_property = WithProperty(max_length=3, primary_key=True)
clocked = Clocked(verbose_name="then")
kept = Kept(upload_to="x", storage=FileSystemStorage(location="/tmp/x", base_url="/y/"))
kept_storage_default = Kept(upload_to="x", storage=_default_storage)
kept_storage_callable = Kept(upload_to="x", storage=get_storage)
kept_storage_own = Kept(upload_to="x", storage=Elsewhere("/tmp/z"))
even = models.IntegerField(validators=[Even(), Even(4, message="m"), Odd(1, 2), Odder(3), Upper(5, message="up")])
listed = models.CharField(
    max_length=9, validators=[int_list_validator(), int_list_validator(";", "no", allow_negative=True)]
)
clamp = Clamp("a", low=3, output_field=models.IntegerField())
cloned = Short(blank=True).clone()
