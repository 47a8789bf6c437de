"""Stub: what migrations know of django.contrib.admin.migrations.0002_logentry_remove_auto_add. Made by tools/contrib_stubs.py from an installed Django."""
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('admin', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='logentry',
            name='action_time',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='action time'),
        ),
    ]
