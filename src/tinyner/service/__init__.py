"""A trained student behind HTTP: ``tinyner serve-student`` (extra ``service``)."""
