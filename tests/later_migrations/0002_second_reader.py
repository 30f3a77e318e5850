from importlib import import_module

Migration = import_module("editions.migrations.0002_second_reader").Migration
