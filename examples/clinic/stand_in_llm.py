"""Stand in for a good LLM, to try the walk of docs/own-corpus.md without a key.

Run `python examples/clinic/stand_in_llm.py`.

It knows the names that the made-up notes were filled with, and forgets about one in ten. It answers at
http://127.0.0.1:8000/v1, where the annotator `local` of params.yaml asks. It is no LLM: what is scored against it
says nothing of real notes.
"""

import argparse
import contextlib
import hashlib
import json
import re
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = {
    "DRUG": """aspirin metformin ibuprofen lisinopril warfarin amoxicillin insulin_glargine paracetamol atorvastatin
        prednisolone omeprazole furosemide ramipril codeine_phosphate augmentin salbutamol bisoprolol levothyroxine
        morphine_sulfate doxycycline enoxaparin seretide clopidogrel gabapentin""",
    "CONDITION": """hypertension type_2_diabetes asthma atrial_fibrillation pneumonia migraine heart_failure gout
        urinary_tract_infection chronic_kidney_disease cellulitis osteoarthritis hypothyroidism copd anaemia
        hip_fracture""",
    "DOSE": """500_mg 75_mg_once_daily 5mg two_puffs 40_units 1_g_four_times_a_day 20_mg_at_night half_a_tablet 10_ml
        0.5_mg_twice_a_day 100_micrograms 2.5_mg 600_mg_every_eight_hours one_tablet 80_mg/day 4_mg_as_needed""",
}
TYPES = {name.replace("_", " "): label for label, names in NAMES.items() for name in names.split()}
NAME = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(TYPES, key=len, reverse=True)), re.IGNORECASE)


def answer(prompt: str) -> str:
    """Return the reply to a prompt, whose last line has the sentence."""
    sentence = prompt.rstrip().splitlines()[-1].removeprefix("Sentence: ")
    entities: dict[str, list[str]] = {}
    for match in NAME.finditer(sentence):
        if hashlib.sha256(f"{match.start()} {sentence}".encode()).digest()[0] % 10:
            entities.setdefault(TYPES[match[0].lower()], []).append(match[0])
    return f"Result: {json.dumps(entities)}"


class Handler(BaseHTTPRequestHandler):
    """Answers requests for chat completions."""

    def do_POST(self) -> None:
        """Answer one request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        text = answer(prompt)
        usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        reply = json.dumps({"id": "0", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing of requests."""


def main() -> None:
    """Answer until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="with another one: tinyner init --base-url URL")
    port = parser.parse_args().port
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        why = "is taken, perhaps by this program, started before" if isinstance(error, OSError) else "is none"
        sys.exit(f"port {port} {why}; --port N takes another one")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell turns off for what it starts by nohup
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{port}/v1; Ctrl-C ends it", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
