"""A cell, which is one student on one seed, and the data that it trains on: plain values, as a step takes them."""

from dataclasses import dataclass

from tinyner.decoding import Decoder
from tinyner.train.encoded import Encoded


@dataclass(frozen=True)
class Data:
    """What the cells of an experiment share."""

    train: Encoded  # the distilled sentences, then the original ones
    dev: Encoded
    test: Encoded
    sizes: tuple[int, int]  # of train: distilled, original


@dataclass(frozen=True)
class Cell:
    """One student on one seed."""

    seed: int
    shares: list[tuple[float, float]]  # of the distilled and the original sentences, one pair an epoch
    batch_size: int
    max_length: int
    lr: float
    lr_decay: float
    weight_decay: float
    max_grad_norm: float
    checkpoint: str  # last or best
    best_by: Decoder  # of the dev F1 that chooses the best; always the same where the last is kept
    threads: int
    labels: list[str]
    pad_id: int
    device: str  # cpu or cuda
    compute: str  # as chosen for this machine
    cuda_graphs: bool  # without meaning on a CPU
    student: str  # sha256 of its files
    data: str  # sha256 of its arrays
