"""What an experiment left behind, and where runs are found: archives, DVC's experiments, git's revisions."""
