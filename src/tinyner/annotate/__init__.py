"""Stage annotate: a reply for every sentence, from the reply store or from the LLM."""
