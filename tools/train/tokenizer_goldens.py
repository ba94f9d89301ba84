"""Writes test/goldens/tokens.json: seeded texts, and their ids by the tokenizers that the TypeScript follows.

These are open_clip's (whose code is OpenAI's), Hugging Face's fast one and, for this project's own merges, `bpe.py`.

    python -m venv .venv-clip && .venv-clip/bin/pip install open_clip_torch transformers ftfy
    .venv-clip/bin/python tokenizer_goldens.py [--vocabulary …/bpe_simple_vocab_16e6.txt.gz] [--count 2100]

ftfy's repair of wrongly decoded text is not followed: texts that it changes are left out, but for a few that show it.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import random
import tempfile
from collections.abc import Callable
from html.entities import name2codepoint
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import ftfy
import regex
from safetensors import safe_open
from tokenizers import Tokenizer as FastTokenizer
from transformers import CLIPTokenizerFast

import bpe
import lexicon

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "clip" / "bpe_simple_vocab_16e6.txt.gz"
MERGES = 48894  # that CLIP uses, of those in its file
CONTEXT = 77
SEED = 1
OWN_STEP = 3  # of the texts, one in so many is also encoded by this project's own merges
Maker = Callable[[random.Random], str]
OPEN_CLIP_SPECIAL = ("<start_of_text>", "<end_of_text>")

# fmt: off
WORDS = sorted({word for phrase in [*lexicon.corpus(), *lexicon.TEMPLATES] for word in phrase.split()})
NAMES = """
photograph landscape portrait Instagram NASA iPhone JPEG bokeh chiaroscuro antidisestablishmentarianism HDR McDonald's
naïve café Ångström façade jalapeño Straße GROẞ ŁÓDŹ İstanbul ΟΔΥΣΣΕΎΣ Σίσυφος ΣΑΣ Ὀδύσσεια Москва фотография ЁЛКА Київ
ნუში Հայաստան Việt Nguyễn ǅ ǳ ŉ ﬁne ﬂuﬃeﬆ ﬅ Ĳsselmeer ꜳ Ⅷ ½ x² CO₂ №5 ａｂｃ Ｌｏｕｄ ﾊﾝｶｸ
"""
EMOJI = """
😀 🥺 ❤️ ❤ 👍🏽 👩🏿‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇩🇪 🇯🇵 1️⃣ #️⃣ ☺︎ ☺️ 🧑🏻‍🤝‍🧑🏾 🫠 🤷‍♀️ 📷 🌅 ✨ 💯 ⚠️ ™️ ©️
"""
EAST_ASIAN = """
写真はとても綺麗です 这张照片很模糊 這張照片很清楚 사진이 흐릿해요 漢字かなカタカナ 「ぼかし」 ー々〇 𠮷野家 ㍿ ｶﾞｷﾞ ㅋㅋ
"""
RIGHT_TO_LEFT = """
صورة جميلة جدا الصُّورَةُ ضبابيّة ۱۲۳ ١٢٣ ﷺ ـــ תמונה יפה שָׁלוֹם עִבְרִית ״ש״ \u200fabc\u200e \u202bשלום\u202c
"""
SYLLABIC = """
यह तस्वीर धुंधली है क्षत्रिय हिन्दी १२३ ভালো ছবি தமிழ் படம் తెలుగు ภาพนี้เบลอมาก ชัดเจน ๑๒๓ ຮູບ ሥዕል រូបភាព དཔེ
"""
PUNCTUATION = r"""
. , ; : ! ? !! ?! ... … - -- – — _ __ ' ’ ‘ ` ´ '' " “ ” „ « » ( ) [] {} <> </w> / \ | & && @ # $ € £ % ‰ ^ * + = ~
¡ ¿ § ¶ © ® ™ ° ± × ÷ → ∞ ≠ ♥ ★ 、 。 ・ 《 》 ٪ ، ؟ । ॥ ʼ ‛ ‟ ′ ″ <| |>
"""
CONTRACTIONS = """
it's It’s IT'S don't can’t we're they've I'm I'M you'll he'd 's 't 're 've 'm 'll 'd 'tis rock'n'roll o'clock
y'all'd've James' 'quoted' l'été 'ſ 'Sx '''s it''s it's's 'RE 'LL' ŉs
"""
SPECIAL = [
    *OPEN_CLIP_SPECIAL, bpe.START, bpe.END, "<|STARTOFTEXT|>", "<|EndOfText|>", "<START_OF_TEXT>", "<|endoftext|",
    "&lt;|endoftext|&gt;", "<|end\u200boftext|>", "<|ｅndoftext|>", "!<|endoftext|>!", "a<|endoftext|>b", "endoftext",
    "<|endoftext|>'s", "<|ENDOFTEXT|>!!", "!<|ENDOFTEXT|>!!", "x<|ENDOFTEXT|>>", "<end_of_text>!!", bpe.END * 2,
]
WHITE = [*" \t\n\r\v\f\x1c\x1f\x85\xa0\u1680\u2002\u2009\u200a\u2028\u2029\u202f\u205f\u3000", "\r\n", "  ", "\n\n"]
INVISIBLE = [*"\0\x01\x07\x08\x0e\x1b\x7f\u200b\u200c\u200d\u200e\u2060\u206a\u206f\ufeff\ufff9\ufffb\ufffc\xad\u180e"]
TERMINAL = ["\x1b[0m", "\x1b[1;31m", "\x1b[K", "\x1b[", "\x1b]0;title\x07", "\x1b[١m"]
MARKS = "\u0300\u0301\u0302\u0308\u030a\u0323\u0327\u0328\u0335\u0345\u034f\u20dd\u05b0\u064b\u093c\u0e34\u3099\ufe0f"
SURROGATES = ["\ud800", "\udfff", "\ud83d", "\ude00", "\ud83d\ude00", "\ude00\ud83d", "\ud83d\0\ude00"]
ENTITIES = [*name2codepoint, "apos", "AMP", "LT", "COPY", "EACUTE", "NTILDE", "SZLIG", "nTILDE", "none"]
CODES = [
    0, 9, 13, 38, 39, 60, 128, 129, 133, 145, 150, 159, 160, 233, 8217, 12288, 0xD83D, 0xFEFF, 0xFFFE, 128512, 0x10FFFF,
    0x110000, 10**12,
]
FORMS = ["&{0};", "&{0};", "&{0}", "&{0}x;", "&{0} ", "&#{1};", "&#{1}", "&#x{1:x};", "&#X{1:X}", "&#{1}a;"]
MOJIBAKE = [
    "cafÃ©", "âœ” No problems", "schÃ¶n", "itâ€™s a photo", "Ã la mode", "â€œquotedâ€\x9d", "ÐœÐ¾ÑÐºÐ²Ð°",
]
FIXED = [
    "", " ", "\n", "\ufeff", "\0", "a" * 300, "!" * 100, *SPECIAL, *SURROGATES, *CONTRACTIONS.split(), *EMOJI.split(),
]
SCRIPTS = [EAST_ASIAN, RIGHT_TO_LEFT, SYLLABIC]
# fmt: on


def a_word(rng: random.Random) -> str:
    word = rng.choice(WORDS if rng.random() < 0.8 else NAMES.split())
    return rng.choice([word, word, word, word.upper(), word.capitalize(), word.title()])


def words(rng: random.Random, most: int = 5) -> str:
    return " ".join(a_word(rng) for _ in range(rng.randint(1, most)))


def sentence(rng: random.Random) -> str:
    template = rng.choice(
        [*lexicon.TEMPLATES, "A photo of a {}.", "“{}”, she said; why?", "{}!!! #nofilter @me"]
    )
    return template.format(words(rng))


def entity(rng: random.Random) -> str:
    """A character reference, right or wrong, escaped up to three times more."""
    name = rng.choice(ENTITIES)
    code = rng.choice([*CODES, rng.randrange(32, 0x3000)])
    form = rng.choice(FORMS)
    reference = form.format(name, code)
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        reference = reference.replace("&", "&amp;")
    return reference


def some(pool: str | list[str], most: int, between: str = " ") -> Maker:
    """From one to `most` of a list, or of the words of a text."""
    items = pool.split() if isinstance(pool, str) else pool
    return lambda rng: between.join(rng.choice(items) for _ in range(rng.randint(1, most)))


def digits(rng: random.Random) -> str:
    forms = [
        f"{rng.randrange(10**6)}",
        f"{rng.uniform(0, 100):.2f}",
        f"{rng.randrange(1, 99)}mm f/1.8",
        "1/250s ISO3200",
    ]
    return rng.choice(
        [*forms, f"{rng.randrange(9)}²", "3×4", "½ ¼ Ⅻ ①②", "٣٤ ४५ ๖๗", "24-70mm", "1,000,000.00", "0xFF"]
    )


def white(rng: random.Random) -> str:
    gaps = some(WHITE, 3, "")
    return gaps(rng) + gaps(rng).join(a_word(rng) for _ in range(rng.randint(0, 4))) + gaps(rng)


def marked(rng: random.Random) -> str:
    """Letters with combining marks in any order."""
    marks = ("".join(rng.choices(MARKS, k=rng.randint(0, 3))) for _ in range(99))
    return "".join(letter + mark for letter, mark in zip(words(rng, 2), marks))


def inserted(rng: random.Random, pool: list[str]) -> str:
    """A sentence with some of the pool anywhere in it."""
    text = sentence(rng)
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(pool) + text[at:]
    return text


def long(rng: random.Random) -> str:
    part = rng.choice([sentence, some(PUNCTUATION, 5), some(EMOJI, 2), digits, words])
    return " ".join(part(rng) for _ in range(rng.randint(20, 40)))[: rng.randint(300, 700)]


def mixture(rng: random.Random) -> str:
    kinds = [words, entity, digits, marked, white, *(some(script, 4) for script in SCRIPTS)]
    kinds += [some(pool, 2) for pool in (PUNCTUATION, EMOJI, CONTRACTIONS, SPECIAL, INVISIBLE, TERMINAL)]
    return "".join(rng.choice(kinds)(rng) + rng.choice(["", " "]) for _ in range(rng.randint(2, 5)))


KINDS: list[tuple[int, Maker]] = [  # weight, maker
    (14, words),
    (14, sentence),
    (5, some(PUNCTUATION, 6, "")),
    (5, lambda rng: inserted(rng, PUNCTUATION.split())),
    (6, digits),
    (7, some(CONTRACTIONS, 4)),
    (6, some(EMOJI, 3, "")),
    (3, lambda rng: inserted(rng, EMOJI.split())),
    (6, marked),
    *((5, some(script, 4)) for script in SCRIPTS),
    (5, lambda rng: words(rng, 2) + entity(rng) + entity(rng) + a_word(rng)),
    (5, lambda rng: "".join(entity(rng) for _ in range(rng.randint(1, 2)))),
    (2, lambda rng: rng.choice(["<b>", "a < b", "x\n<"]) + entity(rng) + rng.choice(" \n") + entity(rng)),
    (1, long),
    (6, white),
    (5, lambda rng: inserted(rng, INVISIBLE)),
    (4, lambda rng: inserted(rng, TERMINAL)),
    (4, lambda rng: inserted(rng, SPECIAL)),
    (2, lambda rng: inserted(rng, SURROGATES)),
    (8, mixture),
]


def texts(count: int) -> list[str]:
    """That many different texts, none of which ftfy would repair."""
    rng = random.Random(SEED)
    weights, kinds = zip(*KINDS)
    found = dict.fromkeys(FIXED)
    while len(found) < count:
        text = rng.choices(kinds, weights)[0](rng)
        if ftfy.fix_text(text) == ftfy.fix_text(text, fix_encoding=False):
            found[text] = None
    return list(found)


def open_clip_module() -> ModuleType:
    """open_clip's tokenizer.py alone: the whole package would bring in torchvision."""
    path = Path(importlib.util.find_spec("open_clip").origin).parent / "tokenizer.py"
    spec = importlib.util.spec_from_file_location("open_clip_tokenizer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def open_clip_tokenizer(merges: list[str], special: tuple[str, str], folder: str):
    """open_clip's tokenizer of these merges; OpenAI's differs by the text of the special tokens alone."""
    path = os.path.join(folder, "merges.gz")
    Path(path).write_bytes(gzip.compress("\n".join([bpe.VERSION, *merges]).encode()))
    tokenizer = open_clip_module().SimpleTokenizer(path)
    pattern = tokenizer.pat.pattern
    for old, new in zip(OPEN_CLIP_SPECIAL, special):
        tokenizer.encoder[new] = tokenizer.encoder.pop(old)
        pattern = pattern.replace(old, regex.escape(new))
    tokenizer.cache = {text: text for text in special}
    tokenizer.pat = regex.compile(pattern, regex.IGNORECASE)
    return tokenizer


def hugging_face_tokenizer(merges: list[str], folder: str) -> CLIPTokenizerFast:
    """Hugging Face's fast tokenizer, from vocab.json and merges.txt."""
    symbols = bpe.Tokenizer(tuple(merge.split()) for merge in merges).vocabulary
    vocabulary = {symbol: i for i, symbol in enumerate(symbols)}
    Path(folder, "vocab.json").write_text(json.dumps(vocabulary))
    Path(folder, "merges.txt").write_text("\n".join([bpe.VERSION, *merges, ""]), encoding="utf-8")
    return CLIPTokenizerFast.from_pretrained(folder)


def without_lists(file: dict) -> dict:
    """A tokenizer.json less its vocabulary and merges, which the tests put back."""
    return file | {"model": file["model"] | {"vocab": {}, "merges": []}}


def normalized(file: dict) -> dict:
    """A tokenizer.json as older ones are: special tokens are looked for in the cleaned text."""
    tokens = [token | {"normalized": True} for token in file["added_tokens"]]
    return file | {"added_tokens": tokens}


def goldens(encode: Callable[[str], list[int]], all_texts: list[str]) -> list[str]:
    """What stands between start and end."""
    return [" ".join(map(str, encode(text)[: CONTEXT - 2])) for text in all_texts]


def differing(values: list[str], from_these: list[str]) -> dict[int, str]:
    return {i: value for i, value in enumerate(values) if value != from_these[i]}


def by_merges(merges: list[str], all_texts: list[str]) -> dict[str, object]:
    """Ids of every text by OpenAI's tokenizer; and those of others by number of text, where they differ.

    open_clip's and Hugging Face's from OpenAI's, and those of Hugging Face's older files from Hugging Face's.
    """
    whole = [ftfy.fixes.fix_surrogates(text) for text in all_texts]  # the others take no halves
    with tempfile.TemporaryDirectory() as folder:
        open_clip = open_clip_tokenizer(merges, OPEN_CLIP_SPECIAL, folder)
        openai = open_clip_tokenizer(merges, (bpe.START, bpe.END), folder)
        fast = hugging_face_tokenizer(merges, folder)
        fast.save_pretrained(folder)
        file = json.loads(Path(folder, "tokenizer.json").read_text(encoding="utf-8"))
    older = FastTokenizer.from_str(json.dumps(normalized(file)))
    ids = goldens(openai.encode, all_texts)
    fast_ids = goldens(lambda text: fast.encode(text)[1:-1], whole)
    older_ids = goldens(lambda text: older.encode(text).ids[1:-1], whole)
    return {
        "openai": ids,
        "openClip": differing(goldens(open_clip.encode, all_texts), ids),
        "huggingFace": differing(fast_ids, ids),
        "normalized": differing(older_ids, fast_ids),
        "mojibake": {text: goldens(openai.encode, [text])[0] for text in MOJIBAKE},
        "tokenizerJson": without_lists(file),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--vocabulary", type=Path, default=CLIP, help="OpenAI's file; not part of the repository"
    )
    parser.add_argument("--tower", type=Path, default=ROOT / "weights" / "bpclip-s-text.safetensors")
    parser.add_argument("--count", type=int, default=2100)
    parser.add_argument("--out", type=Path, default=ROOT / "test" / "goldens" / "tokens.json")
    args = parser.parse_args()
    clip = gzip.decompress(args.vocabulary.read_bytes()).decode().split("\n")[1 : 1 + MERGES]
    with safe_open(args.tower, framework="pt") as file:
        own = [" ".join(pair) for pair in bpe.Tokenizer.from_text(file.metadata()["merges"]).merges]
    all_texts = texts(args.count)
    result = {
        "versions": {
            name: version(name) for name in ("open_clip_torch", "ftfy", "transformers", "tokenizers")
        },
        "texts": all_texts,
        "clip": by_merges(clip, all_texts),
        "own": by_merges(own, all_texts[::OWN_STEP]),
    }
    tokenizer = bpe.Tokenizer(tuple(merge.split()) for merge in own)
    own_ids = goldens(lambda text: tokenizer.encode(ftfy.fixes.fix_surrogates(text)), all_texts[::OWN_STEP])
    result["own"]["bpe.py"] = differing(own_ids, result["own"]["openai"])
    for name in ("clip", "own"):
        print(name, {key: len(value) for key, value in result[name].items()})
    # A line for each text and row of ids, and escapes for all that is not ASCII.
    args.out.write_text(json.dumps(result, separators=(",", ":")).replace('","', '",\n"') + "\n")


if __name__ == "__main__":
    main()
