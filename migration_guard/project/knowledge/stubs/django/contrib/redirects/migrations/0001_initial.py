"""Stub: what migrations know of django.contrib.redirects.migrations.0001_initial. Made by tools/contrib_stubs.py from an installed Django."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Redirect',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='sites.site', verbose_name='site')),
                ('old_path', models.CharField(db_index=True, help_text='This should be an absolute path, excluding the domain name. Example: “/events/search/”.', max_length=200, verbose_name='redirect from')),
                ('new_path', models.CharField(blank=True, help_text='This can be either an absolute path (as above) or a full URL starting with “http://”.', max_length=200, verbose_name='redirect to')),
            ],
            options={
                'ordering': ['old_path'],
                'unique_together': {('site', 'old_path')},
                'db_table': 'django_redirect',
                'verbose_name': 'redirect',
                'verbose_name_plural': 'redirects',
            },
        ),
    ]
