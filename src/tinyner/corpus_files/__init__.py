"""Read sentences and their labels from files of every format that is read; stages prepare and annotate use it."""
