"""Print a page to a PDF in WebKitGTK: ``webkit_print.py ADDRESS FILE``.

Debian's Python runs it, which has the bindings to GTK.
"""

import sys
from pathlib import Path

import gi

gi.require_versions({"Gtk": "3.0", "WebKit2": "4.1"})


def print_page(address, path):
    from gi.repository import Gtk, WebKit2

    settings = Gtk.PrintSettings()
    settings.set_printer("Print to File")
    settings.set(Gtk.PRINT_SETTINGS_OUTPUT_URI, Path(path).as_uri())
    settings.set(Gtk.PRINT_SETTINGS_OUTPUT_FILE_FORMAT, "pdf")
    sheet = Gtk.PageSetup()
    sheet.set_paper_size_and_default_margins(Gtk.PaperSize.new(Gtk.PAPER_NAME_A4))
    view = WebKit2.WebView()
    window = Gtk.Window()
    window.add(view)
    window.show_all()
    operation = WebKit2.PrintOperation(web_view=view, print_settings=settings, page_setup=sheet)
    operation.connect("finished", Gtk.main_quit)
    finished = WebKit2.LoadEvent.FINISHED
    view.connect("load-changed", lambda _, event: event == finished and operation.print_())
    view.load_uri(address)
    Gtk.main()


print_page(*sys.argv[1:])
