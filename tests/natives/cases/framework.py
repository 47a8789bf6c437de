"""Values that Django makes itself: time zones, lazy objects, references to settings, flags, paths of classes."""

import datetime as _dt
import enum as _enum
import functools as _functools
import pathlib as _pathlib
import re as _re
import types as _types

from django.conf import SettingsReference
from django.core.files.storage import FileSystemStorage as _FileSystemStorage
from django.core.validators import EmailValidator, RegexValidator
from django.db import models
from django.utils import timezone as _timezone
from django.utils.deconstruct import deconstructible
from django.utils.functional import LazyObject, SimpleLazyObject


class Perm(_enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


class Bits(_enum.IntFlag):
    B = 2
    A = 1


class Level(_enum.IntEnum):
    LOW = 1


class Outer:
    @deconstructible
    class Inner:
        pass


@deconstructible(path="framework.renamed_elsewhere")
class Renamed:
    pass


renamed_elsewhere = Renamed()
nested = Outer.Inner()
misplaced = deconstructible(path="django.core.validators.EmailValidator2")(EmailValidator)(message="hello")
moment = _dt.datetime(2014, 1, 1, 1, 1, tzinfo=_timezone.get_default_timezone())
current = _dt.datetime(2014, 7, 1, 1, 1, tzinfo=_timezone.get_current_timezone())
fixed = _dt.datetime(2014, 1, 1, 1, 1, tzinfo=_timezone.get_fixed_timezone(180))
fixed_delta = _dt.datetime(2014, 1, 1, 1, 1, tzinfo=_timezone.get_fixed_timezone(_dt.timedelta(hours=-3, minutes=-30)))
aware = _timezone.make_aware(_dt.datetime(2014, 1, 1, 1, 1))
aware_elsewhere = _timezone.make_aware(_dt.datetime(2014, 1, 1, 1, 1), _dt.timezone.utc)
lazy_text = SimpleLazyObject(lambda: "text")
lazy_pattern = SimpleLazyObject(lambda: _re.compile("^foo$"))
setting = SettingsReference("auth.User", "AUTH_USER_MODEL")
validator = RegexValidator("^[0-9]+$", flags=_re.DOTALL)
validators = RegexValidator("^[0-9]+$", flags=_re.S | _re.I | _re.A)
field_flag = models.IntegerField(default=Bits.A | Bits.B)
flag = Perm.READ
flag_both = Perm.READ | Perm.WRITE
flag_alias = Perm.BOTH
level = Level.LOW
windows = _pathlib.PureWindowsPath("A:\\File.txt")
bound_later = _functools.partialmethod(_dt.timedelta, 1, seconds=2)
field_of_none = models.JSONField(default=_types.NoneType)


class _Lazy(LazyObject):
    def _setup(self):
        self._wrapped = _FileSystemStorage(location="/tmp/x")


class _TruthyLazy(_Lazy):
    pass


lazy_storage = models.FileField(storage=_TruthyLazy())
no_condition = models.UniqueConstraint(fields=["a"], condition=models.Q(), name="n")
no_index_condition = models.Index(fields=["a"], condition=models.Q(), name="n")
