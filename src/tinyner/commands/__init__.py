"""The commands of ``tinyner``, a module each: ``register`` adds its arguments, ``run`` does it."""
