"""CLIP's byte-level BPE (OpenAI's `simple_tokenizer.py`), and the learning of merges (Sennrich et al. 2016).

The vocabulary is 256 byte symbols, the same 256 with `</w>`, one symbol per merge, start and end of text;
the end has the highest id. Two differences: `re` has no \\p{L} and \\p{N}, so that numbers other than decimal
digits (², ½, Ⅷ) count as letters; and ftfy, which repairs wrongly decoded text, is left out.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import torch
from torch import LongTensor

START, END = "<|startoftext|>", "<|endoftext|>"
VERSION = "#version: 0.2"
PIECES = re.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE
)


def bytes_to_unicode() -> dict[int, str]:
    """A printable character per byte, in CLIP's order: bytes that print, then the others from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


BYTES = bytes_to_unicode()


def pieces(text: str) -> list[str]:
    """Words, digits and runs of punctuation, of the unescaped, whitespace-collapsed, lower-cased text."""
    text = " ".join(html.unescape(html.unescape(text)).split()).lower()
    return PIECES.findall(text)


def symbols(piece: str) -> list[str]:
    """One symbol per byte; the last has `</w>`."""
    characters = [BYTES[byte] for byte in piece.encode()]
    return [*characters[:-1], characters[-1] + "</w>"]


def merge(word: list[str], pair: tuple[str, str]) -> list[str]:
    """The word with every occurrence of the pair, from the left, as one symbol."""
    merged, i = [], 0
    while i < len(word):
        if tuple(word[i : i + 2]) == pair:
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return merged


def learn(corpus: Iterable[str], merges: int) -> list[tuple[str, str]]:
    """Up to `merges` merges: the commonest pair (of equals the first by name), while it occurs twice."""
    counts = Counter(piece for text in corpus for piece in pieces(text))
    words = {piece: symbols(piece) for piece in counts}
    learnt: list[tuple[str, str]] = []
    while len(learnt) < merges:
        pairs = Counter()
        for piece, word in words.items():
            for pair in pairwise(word):
                pairs[pair] += counts[piece]
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < 2:
            break
        learnt.append(best)
        words = {piece: merge(word, best) for piece, word in words.items()}
    return learnt


class Tokenizer:
    """Text ↔ ids under a list of merges."""

    def __init__(self, merges: Iterable[tuple[str, str]]):
        self.merges = list(merges)
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        alphabet = list(BYTES.values())
        self.vocabulary = [*alphabet, *(symbol + "</w>" for symbol in alphabet)]
        self.vocabulary += [*("".join(pair) for pair in self.merges), START, END]
        self.ids = {symbol: i for i, symbol in enumerate(self.vocabulary)}
        self.start, self.end = self.ids[START], self.ids[END]

    def __len__(self) -> int:
        """Size of the vocabulary."""
        return len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """The ids between start and end of text."""
        return [self.ids[symbol] for piece in pieces(text) for symbol in self.split(piece)]

    def split(self, piece: str) -> list[str]:
        """The symbols of one piece: the earliest learnt merge first, until none applies."""
        if piece in (START, END):
            return [piece]
        word = symbols(piece)
        while known := [pair for pair in pairwise(word) if pair in self.ranks]:
            word = merge(word, min(known, key=self.ranks.__getitem__))
        return word

    def decode(self, ids: Iterable[int]) -> str:
        """The pieces' text, with a space after each, the last one's stripped."""
        text = "".join(self.vocabulary[i] for i in ids).replace("</w>", BYTES[ord(" ")])
        byte_of = {character: byte for byte, character in BYTES.items()}
        return bytes(byte_of[character] for character in text).decode(errors="replace").strip()

    def __call__(self, texts: Iterable[str], context: int) -> LongTensor:
        """N texts → N×context: start, tokens, end, zeros; of a longer text the first tokens and the end."""
        rows = []
        for text in texts:
            row = [self.start, *self.encode(text)[: context - 2], self.end]
            rows.append(row + [0] * (context - len(row)))
        return torch.tensor(rows, dtype=torch.long).reshape(-1, context)

    def to_text(self) -> str:
        """The merges in the form of Hugging Face's `merges.txt`."""
        return "\n".join([VERSION, *(" ".join(pair) for pair in self.merges)]) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Tokenizer:
        """Of `merges.txt`: after the first line, one merge a line."""
        return cls(tuple(line.split(" ")) for line in text.split("\n")[1:] if line)

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.to_text(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Tokenizer:
        return cls.from_text(Path(path).read_text(encoding="utf-8"))
