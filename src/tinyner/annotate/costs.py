"""What requests cost: prices, tokens counted before asking, and a cap that no request in flight can break."""

import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate.requests import Answer, Plan, Target
from tinyner.errors import UserError
from tinyner.params import Annotator, Price

_TEMPLATE_TOKENS = 128  # at most, that a server's chat template adds


def cost(price: Price, prompt: int, cached: int, completion: int, *, batch: bool = False) -> float:
    """US dollars of one request; ``cached`` tokens are some of the prompt's.

    >>> round(cost(Price(input=2.0, cached_input=1.0, output=8.0, batch_discount=0.5), 1000, 500, 100), 6)
    0.0023
    """
    cached = min(cached, prompt)  # some servers count what they keep, not what they used
    million = (prompt - cached) * price.input + cached * price.cached_input + completion * price.output
    return million / 1e6 * (1 - price.batch_discount if batch else 1)


def cost_of(annotator: Annotator, answer: Answer, worst: float, *, batch: bool = False) -> float | None:
    """What an answer cost; at its worst where the server counted no tokens, None without a price."""
    if annotator.price is None:
        return None
    if answer.prompt_tokens is None or answer.completion_tokens is None:
        return worst
    return cost(annotator.price, answer.prompt_tokens, answer.cached_tokens or 0, answer.completion_tokens, batch=batch)


@dataclass(frozen=True)
class Tokens:
    """A way to count the tokens of texts, and its name for people. ``exact``: it is the model's own tokenizer."""

    count: Callable[[Sequence[str]], list[int]]
    how: str
    exact: bool


def tokenizer_of(annotator: Annotator) -> Tokens:
    """The annotator's tokenizer, or a rule of thumb.

    Raises:
        UserError: where it is named, and can't be had.
    """
    name = annotator.tokenizer
    if name is None:
        return Tokens(lambda texts: [-(-len(text) // 4) for text in texts], "estimated, 4 characters a token", False)
    if name == "server":
        return Tokens(lambda texts: [_asked(annotator, text) for text in texts], "counted by the server", True)
    if name.startswith("tiktoken:"):
        return _tiktoken(name.removeprefix("tiktoken:"))
    from tokenizers import Tokenizer  # noqa: PLC0415, only needed where it is named

    path = Path(name) / "tokenizer.json" if Path(name).is_dir() else Path(name)
    try:
        loaded = Tokenizer.from_file(str(path)) if path.exists() else Tokenizer.from_pretrained(name)
    except Exception as error:  # the library raises no class of its own
        raise UserError(f"tokenizer: {name} can't be loaded: {' '.join(str(error).split())[:200]}") from None

    def count(texts: Sequence[str]) -> list[int]:
        return [len(one.ids) for one in loaded.encode_batch_fast(list(texts), add_special_tokens=False)]

    return Tokens(count, f"counted by {name}", True)


def _tiktoken(encoding: str) -> Tokens:
    try:
        import tiktoken  # noqa: PLC0415, an extra of the user's

        loaded = tiktoken.get_encoding(encoding)
    except ImportError:
        raise UserError(
            f"tokenizer: tiktoken:{encoding}, but tiktoken is not installed; pip install tiktoken"
        ) from None
    except Exception as error:  # an unknown name, or a table that can't be fetched
        raise UserError(f"tokenizer: tiktoken:{encoding}: {' '.join(str(error).split())[:200]}") from None
    return Tokens(
        lambda texts: [len(one) for one in loaded.encode_ordinary_batch(list(texts))],
        f"counted by tiktoken's {encoding}",
        True,
    )


def _asked(annotator: Annotator, text: str) -> int:
    """What llama.cpp's or vLLM's ``/tokenize`` says."""
    url = f"{(annotator.base_url or '').rstrip('/').removesuffix('/v1')}/tokenize"
    body = json.dumps({"content": text, "prompt": text, "model": annotator.model}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310, as configured
    try:
        with urllib.request.urlopen(request, timeout=annotator.timeout) as response:  # noqa: S310
            found = json.load(response)["tokens"]
        return len(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"tokenizer: server, but {url} counts no tokens: {error}") from None


class Costs:
    """The most that each request can cost."""

    def __init__(self, target: Target, *, batch: bool = False) -> None:
        """Load the tokenizer, if one is at hand here."""
        self._annotator, self._batch = target.annotator, batch
        self._form = len(json.dumps(target.response_format)) if target.response_format else 0
        name = target.annotator.tokenizer
        self._tokens = tokenizer_of(target.annotator) if name and name != "server" else None

    def prompt_tokens(self, text: str) -> int:
        """The most tokens that a prompt can have: counted, or its bytes, since a token is at least one."""
        counted = self._tokens.count([text])[0] if self._tokens else len(text.encode())
        return counted + self._form + _TEMPLATE_TOKENS

    def worst(self, text: str) -> float:
        """US dollars; 0 where no price is known."""
        if self._annotator.price is None:
            return 0.0
        return cost(
            self._annotator.price, self.prompt_tokens(text), 0, self._annotator.max_output or 0, batch=self._batch
        )


class Budget:
    """A cap kept by reservation: what is spent and what is in flight, at its worst, never exceed it."""

    def __init__(self, cap: float | None, spent: float) -> None:
        """``spent``: US dollars, on these sentences, before."""
        self.cap, self.spent, self.reserved = cap, spent, 0.0
        self.open = 0  # reservations; sums of floats may leave a residue where none is

    def reserve(self, worst: float) -> bool:
        """Take a request's worst case, if it still fits under the cap."""
        if self.cap is not None and self.spent + self.reserved + worst > self.cap + 1e-12:
            return False
        self.reserved += worst
        self.open += 1
        return True

    def settle(self, worst: float, actual: float) -> None:
        """Put what a request did cost in place of its worst case."""
        self.open -= 1
        self.reserved = self.reserved - worst if self.open else 0.0
        self.spent += actual


def reached(budget: Budget) -> str:
    """That the cap ends a run, for messages that say what then."""
    return f"annotate.max_cost_usd: {budget.cap:g} is reached: {budget.spent:.6f} is spent on these sentences"


def out_of_money(budget: Budget, worst: float) -> str:
    """Why no request can be sent, with nothing under way that might turn out cheaper."""
    return f"{reached(budget)}, and one more request may cost {worst:.6f}; raise it to go on"


def spent_on(plan: Plan) -> float:
    """US dollars that the replies at hand cost, each once, and those that never came."""
    rows = {question.key: plan.store.get(question.key) for question in plan.questions}
    return sum(row.get("cost_usd", 0.0) for row in rows.values() if row is not None) + plan.store.lost(plan.scopes())
