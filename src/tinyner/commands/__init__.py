"""The commands of ``tinyner``, a module each: ``register`` adds a command's arguments, ``run`` runs it."""
