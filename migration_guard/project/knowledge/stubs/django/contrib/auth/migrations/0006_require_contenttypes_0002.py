"""Stub: what migrations know of django.contrib.auth.migrations.0006_require_contenttypes_0002. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0005_alter_user_last_login_null'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
    ]
