"""Takes the pictures of the editors' and the translators' guide: `make guide`.

For each guide a portal runs on a free port in a new folder, so the pictures show only the official
text and the actions of PICTURES. The two templates of a guide name each of its pictures, such as
templates/admin/editorial/desk/guide_id.html and guide_en.html; a test compares the three.
"""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).parent.parent
LANGUAGES = ["id", "en"]
SIZE = {"width": 960, "height": 600}  # the same as in the guide's <img>
# Wide enough for both languages side by side, and high enough below the top of a picture.
WINDOW = {"width": 1040, "height": 1600}
SCALE = SIZE["width"] / WINDOW["width"]
ROOM_ABOVE = 16
PATIENCE = 5_000  # milliseconds
COLOURS = (96, 64, 48, 32, 24)  # the first number that makes the file small enough
LARGEST = 30_000  # bytes


class Picture(NamedTuple):
    """One picture: its address, the selector of its top, and the actions on the page before."""

    name: str
    address: str
    top: str
    prepare: Callable = lambda page: None


def change_a_word(page):
    """Make the working copy differ from the edition in force."""
    field = page.locator("#id_statement_ind")
    field.fill(re.sub(r"^\w+", "Memperkuat", field.input_value()))


def save(page):
    with page.expect_navigation():
        page.locator("[name=_save]").click()


def collide(page):
    """Another person saves the same field first."""
    other = page.context.new_page()
    other.goto(page.url)
    for one, words in ((other, "Meneguhkan"), (page, "Menguatkan")):
        field = one.locator("#id_statement_ind")
        field.fill(re.sub(r"^\w+", words, field.input_value()))
        save(one)
    other.close()


def change_a_word_and_publish(page):
    change_a_word(page)
    save(page)
    page.goto("/admin/vision/vision/1/terbitkan/")


def type_and_lose(page):
    page.locator("#id_short_title_ind").fill("Aparatur yang berkualitas")
    page.wait_for_timeout(600)  # the browser keeps a draft when the typing pauses
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()


def fall_behind(page):
    """Change the Indonesian of mission 1, and delete the English of mission 3."""
    page.goto(MISSION)
    change_a_word(page)
    save(page)
    page.goto("/admin/missions/mission/3/change/")
    page.locator("#id_statement_en").fill("")
    save(page)
    page.goto(DESK)


def press(page, act, number):
    """Press the button of a mission on the translation desk."""
    with page.expect_navigation():
        page.locator(f"[value='{act}::m{number}.statement']").click()


def collide_on_the_desk(page):
    """Another person translates the same mission first."""
    other = page.context.new_page()
    other.goto(page.url)
    rest = (
        "the equitable distribution of urban infrastructure development to support equitable "
        "economic development"
    )
    for one, verb in ((other, "improve"), (page, "increase")):
        one.locator("#en-m3\\.statement").fill(f"To {verb} {rest} and the welfare of the people.")
        press(one, "save", 3)
    other.close()


def send_back(page):
    words = {
        "id": "Kata “facilities” muncul dua kali. Dapatkah kalimatnya disingkat?",
        "en": "The word “facilities” appears twice. Can the sentence be shorter?",
    }
    page.locator("#m2\\.statement .translation__remarks summary").click()
    page.locator("#words-m2\\.statement").fill(words[page.locator("html").get_attribute("lang")])
    press(page, "return", 2)


def leave_the_glossary(page):
    field = page.locator("#en-m4\\.statement")
    field.fill(field.input_value().replace("a foundation", "a basis"))
    press(page, "save", 4)
    page.locator("#m4\\.statement .translation__checks summary").click()


def add_a_variant(page):
    page.get_by_role("link", name=re.compile("^landasan")).click()
    page.locator("#id_variants_en").fill("founded on; basis")


def bring_back_a_file(page):
    file = page.request.get(f"{DESK}berkas/csv/?state=all&part=m").body()
    page.goto(f"{DESK}impor/")
    translated = {
        "name": "visi.csv",
        "mimeType": "text/csv",
        "buffer": file.replace(b"of tourism", b"of its tourism"),
    }
    page.locator("#id_file").set_input_files(translated)
    with page.expect_navigation():
        page.locator(".submit-row [type=submit]").click()


MISSION = "/admin/missions/mission/1/change/"  # in a new portal keys begin at 1
DESK = "/admin/terjemahan/1/"
MISSIONS = f"{DESK}?state=all&part=m"
PICTURES = {  # by guide. The order counts: each picture also shows the changes before it
    "guide": [
        Picture("form", MISSION, "fieldset:has(#id_statement_ind)", change_a_word),
        Picture("conflict", "/admin/missions/mission/5/change/", ".field-statement_ind", collide),
        Picture("desk", "/admin/", "body"),
        Picture("manuscript", "/admin/naskah/1/", "#m4"),
        Picture("structure", "/admin/susunan/1/", "#u3"),
        Picture("preview", "/admin/pratinjau/1/{language}/", "body"),
        Picture("publish", MISSION, ".titles-and-tools", change_a_word_and_publish),
        Picture("draft", MISSION, ".titles-and-tools", type_and_lose),
    ],
    "translator_guide": [
        Picture("desk", DESK, ".titles-and-tools", fall_behind),
        Picture("passage", DESK, "#m1\\.statement"),
        Picture("conflict", DESK, "#m3\\.statement", collide_on_the_desk),
        Picture("review", MISSIONS, "#m2\\.statement", send_back),
        Picture("check", MISSIONS, "#m4\\.statement", leave_the_glossary),
        Picture("term", "/admin/vision/term/", "fieldset:has(#id_term_ind)", add_a_variant),
        Picture("file", DESK, ".titles-and-tools", bring_back_a_file),
    ],
}


def main():
    if not shutil.which("chromium"):
        sys.exit("make guide needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for guide, pictures in PICTURES.items():
            for language in LANGUAGES:
                with portal() as (address, password):
                    page = log_in(browser, address, password, language)
                    for picture in pictures:
                        keep(
                            take(page, picture, language),
                            ROOT / "static" / guide / language / f"{picture.name}.png",
                        )
                    page.context.close()
        browser.close()


@contextmanager
def portal():
    """The address of a portal with only the official text, and its administrator's password."""
    # The static copy may still be written when the portal has stopped.
    with tempfile.TemporaryDirectory(prefix="portal-guide-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=os.environ | {"PORTAL_DATA_DIR": folder, "PORTAL_DATABASE_URL": "", "PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield told(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def told(process):
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Administration:"):
            return re.search(r"(http://\S+)/admin/", line)[1], re.search(r"password (\S+)", said)[1]
    sys.exit(f"The portal did not start:\n{said}")


def log_in(browser, address, password, language):
    context = browser.new_context(
        base_url=address,
        viewport=WINDOW,
        device_scale_factor=SCALE,
        locale=language,
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/")
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(password)
    page.locator("#login-form [type=submit]").click()
    switch = page.locator(f".language-nav button[value={language}]")
    if switch.count():
        switch.click()
    return page


def take(page, picture, language):
    """The picture as PNG, or one sentence that names what is missing on the page."""
    address = picture.address.format(language=language)
    response = page.goto(address)
    if response.status != 200:
        sys.exit(
            f"The picture “{picture.name}” cannot be taken: {address} answers {response.status}."
        )
    try:
        picture.prepare(page)
        page.evaluate("scrollTo(0, 0)")  # boxes are measured from the visible top
        top = max(0, page.locator(picture.top).first.bounding_box()["y"] - ROOM_ABOVE)
        clip = {"x": 0, "y": top} | {side: length / SCALE for side, length in SIZE.items()}
        return page.screenshot(clip=clip, full_page=True)
    except (Error, TypeError) as error:
        reason = str(error).splitlines()[0]
        sys.exit(
            f"The picture “{picture.name}” cannot be taken: {address} is not as expected. {reason}"
        )


def keep(png, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        # A small area with a rare colour, such as a key of the bar, keeps its colour.
        image.quantize(
            colours, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
        ).save(path, optimize=True)
        size = path.stat().st_size
        if size <= LARGEST:
            break
    else:
        sys.exit(
            f"{path.relative_to(ROOT)} has {size:,} bytes; at most {LARGEST:,} are sent to a phone."
        )
    print(f"{path.relative_to(ROOT)}: {size:,} bytes")


if __name__ == "__main__":
    main()
