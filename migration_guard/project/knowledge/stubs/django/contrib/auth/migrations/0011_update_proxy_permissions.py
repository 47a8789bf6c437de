"""Stub: what migrations know of django.contrib.auth.migrations.0011_update_proxy_permissions. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations


def update_proxy_model_permissions(*args): ...


def revert_proxy_model_permissions(*args): ...


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0010_alter_group_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.RunPython(
            code=update_proxy_model_permissions,
            reverse_code=revert_proxy_model_permissions,
        ),
    ]
