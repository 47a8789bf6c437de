"""Stub: what migrations know of django.contrib.auth.models. Made by tools/contrib_stubs.py from an installed Django."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.base_user import BaseUserManager
from django.db import models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone


class PermissionManager(models.Manager):
    use_in_migrations = True


class Permission(models.Model):
    name = models.CharField(max_length=255, verbose_name='name')
    content_type = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contenttypes.contenttype', verbose_name='content type')
    codename = models.CharField(max_length=100, verbose_name='codename')
    objects = PermissionManager()

    class Meta:
        verbose_name = 'permission'
        verbose_name_plural = 'permissions'
        ordering = ['content_type__app_label', 'content_type__model', 'codename']
        unique_together = [['content_type', 'codename']]


class GroupManager(models.Manager):
    use_in_migrations = True


class Group(models.Model):
    name = models.CharField(max_length=150, unique=True, verbose_name='name')
    permissions = models.ManyToManyField(blank=True, to='auth.permission', verbose_name='permissions')
    objects = GroupManager()

    class Meta:
        verbose_name = 'group'
        verbose_name_plural = 'groups'


class UserManager(BaseUserManager):
    use_in_migrations = True


class PermissionsMixin(models.Model):
    is_superuser = models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')
    groups = models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')
    user_permissions = models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')

    class Meta:
        abstract = True


class AbstractUser(AbstractBaseUser, PermissionsMixin):
    username = models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')
    first_name = models.CharField(blank=True, max_length=150, verbose_name='first name')
    last_name = models.CharField(blank=True, max_length=150, verbose_name='last name')
    email = models.EmailField(blank=True, max_length=254, verbose_name='email address')
    is_staff = models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')
    is_active = models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')
    date_joined = models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')
    objects = UserManager()
    USERNAME_FIELD = 'username'
    EMAIL_FIELD = 'email'
    REQUIRED_FIELDS = ['email']

    class Meta:
        verbose_name = 'user'
        verbose_name_plural = 'users'
        abstract = True


class User(AbstractUser):

    class Meta:
        verbose_name = 'user'
        verbose_name_plural = 'users'
        abstract = False
        swappable = 'AUTH_USER_MODEL'
