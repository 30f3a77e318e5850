from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("editions", "0003_withdrawn_before_its_time")]

    operations = [
        migrations.AlterField("edition", "publisher", models.CharField(max_length=200)),
        migrations.AlterField("withdrawal", "withdrawn_by", models.CharField(max_length=200)),
    ]
