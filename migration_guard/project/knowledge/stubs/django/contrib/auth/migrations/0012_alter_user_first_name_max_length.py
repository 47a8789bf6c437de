"""Stub: what migrations know of django.contrib.auth.migrations.0012_alter_user_first_name_max_length. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0011_update_proxy_permissions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='first_name',
            field=models.CharField(blank=True, max_length=150, verbose_name='first name'),
        ),
    ]
