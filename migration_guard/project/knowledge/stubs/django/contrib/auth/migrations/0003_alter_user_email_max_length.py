"""Stub: what migrations know of django.contrib.auth.migrations.0003_alter_user_email_max_length. Made by tools/contrib_stubs.py from an installed Django."""
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0002_alter_permission_name_max_length'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='email address'),
        ),
    ]
