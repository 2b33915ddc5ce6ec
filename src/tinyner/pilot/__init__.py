"""How good an LLM is on the user's scheme: gold sentences asked, scored and compared, before all are paid for."""
