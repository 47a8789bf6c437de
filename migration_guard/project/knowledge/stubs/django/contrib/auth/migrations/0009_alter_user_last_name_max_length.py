"""Stub: what migrations know of django.contrib.auth.migrations.0009_alter_user_last_name_max_length. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0008_alter_user_username_max_length'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='last_name',
            field=models.CharField(blank=True, max_length=150, verbose_name='last name'),
        ),
    ]
