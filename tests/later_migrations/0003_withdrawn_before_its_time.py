from importlib import import_module

Migration = import_module("editions.migrations.0003_withdrawn_before_its_time").Migration
