"""The commands of ``tinyner``, a module each: ``register`` adds the arguments, ``run`` executes the command."""
