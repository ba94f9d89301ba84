"""The tokenizer, the lexicon and the text tower."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import text
from bpe import Tokenizer, learn
from config import WORDS
from lexicon import HELD_OUT, LEXICON, TEMPLATES, corpus

CLIP_MERGES = Path(__file__).parents[3] / "shared/clip/bpe_simple_vocab_16e6.txt.gz"
PHRASES = sorted({phrase for phrases in LEXICON.values() for phrase in phrases} | set(LEXICON))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return text.learnt_tokenizer()


@pytest.fixture
def tower(tokenizer) -> text.TextTower:
    torch.manual_seed(0)
    return text.TextTower(text.TextConfig(len(tokenizer)))


@pytest.fixture(scope="module")
def clip() -> Tokenizer:
    if not CLIP_MERGES.exists():
        pytest.skip(f"CLIP's merges are not at {CLIP_MERGES}")
    lines = gzip.decompress(CLIP_MERGES.read_bytes()).decode().split("\n")
    return Tokenizer.from_text("\n".join(lines[: 1 + 48894]))


def test_lexicon_covers_the_words():
    assert list(LEXICON) == WORDS
    for word, phrases in LEXICON.items():
        assert len(phrases) >= 12 and len(set(phrases)) == len(phrases), word
        assert not set(phrases) & set(WORDS), word
        assert all(phrase == " ".join(phrase.lower().split()) for phrase in phrases), word


def test_held_out_phrases_are_of_every_word_and_never_trained():
    assert len(set(HELD_OUT)) == len(WORDS)
    assert all(phrase in LEXICON[word] for word, phrase in zip(WORDS, HELD_OUT))
    phrases, _ = text.lexicon_pairs()
    prompts = {template.format(phrase) for template in TEMPLATES for phrase in phrases}
    assert not prompts & set(HELD_OUT)


def test_a_phrase_of_several_words_means_all_alike():
    phrases, weights = text.lexicon_pairs()
    assert weights.shape == (len(phrases), len(WORDS))
    torch.testing.assert_close(weights.sum(1), torch.ones(len(phrases)))
    washed_out = weights[phrases.index("washed out")]
    assert {WORDS[i] for i in washed_out.nonzero().flatten()} == {"faded", "desaturated", "flat"}
    assert weights[phrases.index("blurry")].argmax() == WORDS.index("blurry")


def test_learning_is_deterministic_and_of_repeated_pairs():
    merges = learn(corpus(), 200)
    assert merges == learn(corpus(), 200)
    assert merges[:50] == learn(corpus(), 50)
    assert learn(["aab aab", "ab"], 9) == [("a", "b</w>"), ("a", "ab</w>")]


def test_vocabulary_is_laid_out_as_clips(tokenizer):
    count = len(tokenizer.merges)
    assert len(tokenizer) == 256 + 256 + count + 2 == len(set(tokenizer.vocabulary))
    assert tokenizer.vocabulary[:2] == ["!", '"'] and tokenizer.vocabulary[256] == "!</w>"
    assert tokenizer.vocabulary[512] == "".join(tokenizer.merges[0])
    assert (tokenizer.start, tokenizer.end) == (512 + count, 513 + count)


def test_decode_undoes_encode(tokenizer):
    for phrase in [*PHRASES, "naïve 日本 café"]:
        assert tokenizer.decode(tokenizer.encode(phrase)) == phrase.replace("-", " - ")


def test_text_is_tidied(tokenizer):
    assert tokenizer.encode("  Washed \n OUT ") == tokenizer.encode("washed out")
    assert tokenizer.encode("&amp;lt;") == tokenizer.encode("<")


def test_pieces_are_split_as_clips(tokenizer):
    ids = tokenizer.encode("it's f2_8!?")
    assert tokenizer.decode(ids) == "it 's f 2 _ 8 !?"


def test_rows_are_padded_and_truncated(tokenizer):
    short, long = tokenizer(["blurry", "noise " * 30], 8).tolist()
    assert short == [tokenizer.start, *tokenizer.encode("blurry"), tokenizer.end, 0, 0, 0, 0, 0]
    assert long == [tokenizer.start, *tokenizer.encode("noise") * 6, tokenizer.end]


def test_every_prompt_fits_the_context(tokenizer):
    prompts = (template.format(phrase) for template in TEMPLATES for phrase in PHRASES)
    context = text.TextConfig.context
    assert max(len(tokenizer.encode(prompt)) for prompt in prompts) <= context - 2


def test_merges_survive_their_file(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "merges.txt")
    assert (tmp_path / "merges.txt").read_text(encoding="utf-8").startswith("#version: 0.2\n")
    assert Tokenizer.load(tmp_path / "merges.txt").merges == tokenizer.merges


@pytest.mark.parametrize(
    ("prompt", "ids"),
    [
        ("clear", [3143]),
        ("blurry", [21977]),
        ("sharp", [8157]),
        ("soft", [3773]),
        ("stable", [10492]),
        ("noisy", [33495]),
        ("grainy", [782, 23257]),
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("hello world!", [3306, 1002, 256]),
    ],
)
def test_ids_under_clips_merges(clip, prompt, ids):
    assert (len(clip), clip.start, clip.end) == (49408, 49406, 49407)
    assert clip.encode(prompt) == ids


def test_keys_are_openais(tower):
    parts = ["attn.in_proj_weight", "attn.in_proj_bias"]
    for name in ("attn.out_proj", "ln_1", "mlp.c_fc", "mlp.c_proj", "ln_2"):
        parts += [f"{name}.weight", f"{name}.bias"]
    expected = {"token_embedding.weight", "positional_embedding", "text_projection"}
    expected |= {"ln_final.weight", "ln_final.bias"}
    expected |= {f"transformer.resblocks.{k}.{part}" for k in range(2) for part in parts}
    assert set(tower.state_dict()) == expected
    assert tower.text_projection.shape == (64, 128)


def test_what_follows_the_end_does_not_matter(tower, tokenizer):
    tokens = tokenizer(["very blurry"], 16)
    end = tokens.argmax(1).item()
    changed = tokens.clone()
    changed[0, end + 1 :] = torch.randint(512, tokens[0, end + 1 :].shape)
    torch.testing.assert_close(tower(changed), tower(tokens))
    changed[0, end - 1] += 1
    assert not torch.allclose(tower(changed), tower(tokens))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_file_round_trip(tower, tokenizer, tmp_path, dtype):
    path = str(tmp_path / "text.safetensors")
    tower.to(dtype).float()
    text.save(path, tower, tower.config, tokenizer, dtype)
    loaded, its_tokenizer = text.load(path)
    assert loaded.config == tower.config
    with torch.no_grad():
        expected = text.features(tower.eval(), tokenizer, WORDS)
        assert torch.equal(text.features(loaded, its_tokenizer, WORDS), expected)
    torch.testing.assert_close(expected.norm(dim=1), torch.ones(len(WORDS)))


def test_synonym_loss_decreases(tower, tokenizer):
    features40 = F.normalize(torch.randn(40, 128), dim=1).requires_grad_()
    optimiser = torch.optim.Adam(tower.parameters(), 3e-3)
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(50):
        loss = text.synonym_loss(tower, tokenizer, features40, rng, 32)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    assert features40.grad is None


def test_training_samples_no_held_out_phrase(tower, tokenizer, monkeypatch):
    seen = []

    def record(tower, tokenizer, texts):
        seen.extend(texts)
        return torch.ones(len(texts), 128)

    monkeypatch.setattr(text, "features", record)
    text.synonym_loss(tower, tokenizer, torch.ones(40, 128), np.random.default_rng(0), 4000)
    assert len(seen) == 4000 and not set(seen) & set(HELD_OUT)
