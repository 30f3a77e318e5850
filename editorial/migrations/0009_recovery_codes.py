"""Older portals stored recovery codes in plain text; from now on the database has hashes only."""

from base64 import urlsafe_b64encode
from hashlib import scrypt

from django.db import migrations
from django.utils.crypto import get_random_string


def mark(code, salt):
    return salt + urlsafe_b64encode(scrypt(code.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=9)).decode()


def keep_marks_only(apps, schema_editor):
    devices = apps.get_model("otp_static", "StaticDevice").objects.using(schema_editor.connection.alias)
    for device in devices.all():
        salt = get_random_string(4)
        for code in device.token_set.filter(token__regex="^[0-9]{12}$"):
            code.token = mark(code.token, salt)
            code.save()


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0008_name_of_the_server'),
        ('otp_static', '0003_add_timestamps'),
    ]

    operations = [
        migrations.RunPython(keep_marks_only, migrations.RunPython.noop),
    ]
