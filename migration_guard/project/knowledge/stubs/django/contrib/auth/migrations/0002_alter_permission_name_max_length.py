"""Stub: what migrations know of django.contrib.auth.migrations.0002_alter_permission_name_max_length. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='permission',
            name='name',
            field=models.CharField(max_length=255, verbose_name='name'),
        ),
    ]
