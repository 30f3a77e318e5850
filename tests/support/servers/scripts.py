"""Scripts for ``manage.py shell`` on a node."""

# Fills a portal with rows of every kind, as people do.
LIVED_IN = """
from datetime import datetime, timedelta
from django.test.utils import setup_test_environment
from editions import clock
from editions.document import Text
from editions.publishing import publish, withdraw_before_its_time
from missions.models import Mission
from tests.support.people.desk import change, logged_in, typed
from tests.support.factories import make_point, make_vision, wib
from vision.models import Element, Vision

setup_test_environment()
sri = logged_in("sri", "Editor", "Translator")
mission, vision = Mission.objects.get(number=1), Vision.objects.get()
address = change(mission)
form = typed(sri, address, short_title_ind="Judul", short_title_en="Title")
assert sri.post(address, form).status_code == 302
note = Text("Perbaikan", "Correction")
edition = publish(vision, note=note, publisher="Sri", effective_at=clock.now() + timedelta(days=9))
withdraw_before_its_time(edition, withdrawn_by="Sri")
make_point(Element.objects.get(number=1), "Butir baru.")
publish(vision, note=note, publisher="Sri", effective_at=wib(2026, 2, 1), may_be_past=True)
make_vision()
"""
# Changes the legal basis of the vision to ``words``, and publishes it.
CHANGE_AND_PUBLISH = """
from django.utils import timezone
from editions.document import Text
from editorial.publishing.second_reader import publish_working_copy
from vision.models import Vision
vision = Vision.objects.get()
vision.legal_basis_ind, vision.legal_basis_en = {words!r}, {words!r}
vision.save()
publish_working_copy(vision, note=Text({words!r}, {words!r}), publisher="penerbit")
"""
# Publishes ``words`` as mission 1, and leaves the working copy unchanged.
PUBLISH = """
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
Mission.objects.filter(number=1).update(statement_ind="{words}", statement_en="To build the city.")
publish(Vision.objects.get(), note=Text("Perbaikan", "Correction"), publisher="Sri")
"""
