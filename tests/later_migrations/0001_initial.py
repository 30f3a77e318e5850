from importlib import import_module

Migration = import_module("editions.migrations.0001_initial").Migration
