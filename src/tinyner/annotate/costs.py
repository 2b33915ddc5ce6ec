"""What requests cost: prices, tokens counted before asking, and a cap that counts requests in flight too."""

import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate.answers import Answer
from tinyner.annotate.requests import Endpoint
from tinyner.errors import UserError
from tinyner.params import Annotator, Price

_TEMPLATE_TOKENS = 128  # at most, that a server's chat template adds


def cost(price: Price, prompt: int, cached: int, completion: int, *, batch: bool = False) -> float:
    """Return US dollars for one request's tokens; ``cached`` of the prompt's tokens were cached.

    >>> round(cost(Price(input=2.0, cached_input=1.0, output=8.0, batch_discount=0.5), 1000, 500, 100), 6)
    0.0023
    """
    cached = min(cached, prompt)  # some servers count all tokens in their cache
    million = (prompt - cached) * price.input + cached * price.cached_input + completion * price.output
    return million / 1e6 * (1 - price.batch_discount if batch else 1)


def cost_of(annotator: Annotator, answer: Answer, worst_usd: float, *, batch: bool = False) -> float | None:
    """Return US dollars for an answer: ``worst_usd`` where the server counted no tokens, None without a price."""
    if annotator.price is None:
        return None
    if answer.prompt_tokens is None or answer.completion_tokens is None:
        return worst_usd
    return cost(annotator.price, answer.prompt_tokens, answer.cached_tokens or 0, answer.completion_tokens, batch=batch)


@dataclass(frozen=True)
class TokenCounter:
    """Counts the tokens of texts; ``method`` describes how, for people."""

    count: Callable[[Sequence[str]], list[int]]
    method: str


def token_counter(annotator: Annotator) -> TokenCounter:
    """Return a counter by the annotator's tokenizer, or by a rule of thumb where params.yaml names none.

    Raises:
        UserError: where the named tokenizer can't be loaded.
    """
    name = annotator.tokenizer
    if name is None:
        # Bytes, since tokenizers have fewer characters a token in scripts other than Latin.
        return TokenCounter(
            lambda texts: [-(-len(text.encode()) // 4) for text in texts], "estimated, 4 bytes of UTF-8 a token"
        )
    if name == "server":
        return TokenCounter(
            lambda texts: [_count_on_server(annotator, text) for text in texts], "counted by the server"
        )
    if name.startswith("tiktoken:"):
        return _tiktoken_counter(name.removeprefix("tiktoken:"))
    from tokenizers import Tokenizer  # noqa: PLC0415, only needed where it is named

    path = Path(name) / "tokenizer.json" if Path(name).is_dir() else Path(name)
    try:
        tokenizer = Tokenizer.from_file(str(path)) if path.exists() else Tokenizer.from_pretrained(name)
    except Exception as error:  # the library raises no class of its own
        raise UserError(f"tokenizer: {name} can't be loaded: {' '.join(str(error).split())[:200]}") from None

    def count(texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return TokenCounter(count, f"counted by {name}")


def _tiktoken_counter(name: str) -> TokenCounter:
    try:
        import tiktoken  # noqa: PLC0415, an extra of the user's

        encoding = tiktoken.get_encoding(name)
    except ImportError:
        raise UserError(f"tokenizer: tiktoken:{name}, but tiktoken is not installed; pip install tiktoken") from None
    except Exception as error:  # an unknown name, or a table that can't be fetched
        raise UserError(f"tokenizer: tiktoken:{name}: {' '.join(str(error).split())[:200]}") from None
    return TokenCounter(
        lambda texts: [len(ids) for ids in encoding.encode_ordinary_batch(list(texts))],
        f"counted by tiktoken's {name}",
    )


def _count_on_server(annotator: Annotator, text: str) -> int:
    """Return the number of tokens that llama.cpp's or vLLM's ``/tokenize`` reports."""
    url = f"{(annotator.base_url or '').rstrip('/').removesuffix('/v1')}/tokenize"
    body = json.dumps({"content": text, "prompt": text, "model": annotator.model}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310, as configured
    try:
        with urllib.request.urlopen(request, timeout=annotator.timeout) as response:  # noqa: S310
            tokens = json.load(response)["tokens"]
        return len(tokens)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"tokenizer: server, but {url} counts no tokens: {error}") from None


class WorstCase:
    """The most that a request can cost."""

    def __init__(self, endpoint: Endpoint, *, batch: bool = False) -> None:
        """Load the tokenizer, if one is available on this machine."""
        self._annotator, self._batch = endpoint.annotator, batch
        self._format_tokens = len(json.dumps(endpoint.response_format)) if endpoint.response_format else 0
        name = endpoint.annotator.tokenizer
        self._counter = token_counter(endpoint.annotator) if name and name != "server" else None

    def prompt_tokens(self, text: str) -> int:
        """Return an upper bound of a prompt's tokens: their count, or that of its bytes, which is never smaller."""
        tokens = self._counter.count([text])[0] if self._counter else len(text.encode())
        return tokens + self._format_tokens + _TEMPLATE_TOKENS

    def usd(self, text: str) -> float:
        """Return an upper bound of a prompt's and its reply's cost in US dollars; 0 where no price is set."""
        if self._annotator.price is None:
            return 0.0
        return cost(
            self._annotator.price, self.prompt_tokens(text), 0, self._annotator.max_output or 0, batch=self._batch
        )


class Budget:
    """A cap kept by reservation: what is spent, plus the worst case of what is in flight, never exceeds it."""

    def __init__(self, cap: float | None, spent: float) -> None:
        """Set the cap in US dollars, None for no cap, and what was spent before."""
        self.cap, self.spent, self.reserved = cap, spent, 0.0
        self.open = 0  # number of reservations; with none, ``reserved`` is set to 0 without a rounding error

    def reserve(self, worst_usd: float) -> bool:
        """Reserve a request's worst case, and return whether it fits under the cap."""
        if self.cap is not None and self.spent + self.reserved + worst_usd > self.cap + 1e-12:
            return False
        self.reserved += worst_usd
        self.open += 1
        return True

    def settle(self, worst_usd: float, actual_usd: float) -> None:
        """Replace a reservation by what the request did cost."""
        self.open -= 1
        self.reserved = self.reserved - worst_usd if self.open else 0.0
        self.spent += actual_usd


def cap_reached(budget: Budget) -> str:
    """Return the beginning of a message: the cap that ended a run, and what is spent."""
    return f"annotate.max_cost_usd: {budget.cap:g} is reached: {budget.spent:.6f} is spent on these sentences"


def out_of_money(budget: Budget, worst_usd: float) -> str:
    """Return the message for when no request fits and none is in flight, whose actual cost might leave room."""
    return f"{cap_reached(budget)}, and one more request may cost {worst_usd:.6f}; raise it to go on"
