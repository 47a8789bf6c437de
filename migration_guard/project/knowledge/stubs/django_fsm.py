"""Stub of django-fsm."""

from django.db import models


class FSMFieldMixin:
    def __init__(self, *args, **kwargs):
        self.protected = kwargs.pop("protected", False)
        states = kwargs.pop("state_choices", None)
        if states is not None:
            kwargs["choices"] = [(state, title) for state, title, _ in states]
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.protected:
            kwargs["protected"] = self.protected
        return name, path, args, kwargs


class FSMField(FSMFieldMixin, models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 50)
        super().__init__(*args, **kwargs)


class FSMIntegerField(FSMFieldMixin, models.IntegerField):
    pass


class FSMKeyField(FSMFieldMixin, models.ForeignKey):
    pass


class FSMModelMixin:
    pass


class ConcurrentTransitionMixin:
    pass


def transition(*args, **kwargs):
    return lambda function: function
