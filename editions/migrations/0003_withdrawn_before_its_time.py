import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def mark(apps, schema_editor):
    """Their reasons stay in the rows, unread, because the rows are permanent."""
    withdrawals = apps.get_model("editions", "Withdrawal").objects.using(schema_editor.connection.alias)
    early = withdrawals.filter(withdrawn_at__lt=F("edition__effective_at")).values_list("pk", flat=True)
    withdrawals.filter(pk__in=list(early)).update(before_its_time=True)


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0002_second_reader'),
        ('vision', '0004_variants_of_terms'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='edition',
            options={'ordering': ['vision_id', '-number'], 'permissions': [('publish_edition', 'Can publish, schedule, withdraw and go back')], 'verbose_name': 'edition', 'verbose_name_plural': 'editions'},
        ),
        migrations.RemoveConstraint(
            model_name='withdrawal',
            name='withdrawal_has_reason_in_both_languages',
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='before_its_time',
            field=models.BooleanField(db_default=False, default=False, help_text='The edition never took effect: nobody read it, so no reason is given.', verbose_name='before its time'),
        ),
        migrations.AlterField(
            model_name='edition',
            name='vision',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='editions', to='vision.vision', verbose_name='vision'),
        ),
        migrations.AlterField(
            model_name='withdrawal',
            name='reason_en',
            field=models.TextField(blank=True, verbose_name='reason (English)'),
        ),
        migrations.AlterField(
            model_name='withdrawal',
            name='reason_ind',
            field=models.TextField(blank=True, verbose_name='reason (Indonesian)'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(('before_its_time', True), models.Q(('reason_ind__gt', ''), ('reason_en__gt', '')), _connector='OR'), name='withdrawal_has_reason_in_both_languages', violation_error_message='Write the reason in both languages.'),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
