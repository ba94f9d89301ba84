"""What people say of photographs: phrases for each of the 40 adjectives, to teach the text tower synonyms.

A phrase that stands under several words means all of them alike. British and American spellings both occur.
"""

from __future__ import annotations

# fmt: off
LEXICON: dict[str, list[str]] = {
    # sharpness
    "clear": [
        "in focus", "well focused", "clearly visible", "easy to see", "easy to make out", "clear as day",
        "clarity", "good clarity", "crystal clear", "clearer", "no blur", "free of blur", "not blurry",
        "without blur",
    ],
    "blurry": [
        "blurred", "blur", "out of focus", "out-of-focus", "defocused", "unfocused", "not in focus",
        "missed focus", "smeared", "motion blur", "lots of blur", "blurrier", "low resolution",
        "blurred edges", "out of focus shot",
    ],
    "sharp": [
        "razor sharp", "tack sharp", "pin sharp", "in sharp focus", "sharp focus", "sharply focused",
        "sharp edges", "perfectly focused", "in focus", "sharpness", "sharper", "super sharp",
        "sharp as a knife", "needle sharp",
    ],
    "soft": [
        "softness", "soft focus", "soft edges", "soft around the edges", "slightly out of focus",
        "slightly blurred", "not sharp", "unsharp", "lacks sharpness", "softer", "softened", "mushy",
        "lacks detail", "lack of sharpness",
    ],
    "crisp": [
        "crispness", "crispy", "crisp edges", "crisp detail", "crisply rendered", "crisper", "well defined",
        "clearly defined", "sharply defined", "high definition", "crystal clear", "hd", "well defined edges",
        "crisp lines",
    ],
    "fuzzy": [
        "fuzziness", "fuzzy edges", "ill defined", "poorly defined", "not well defined", "indistinct",
        "unclear", "vague", "woolly", "bleary", "mushy", "low resolution", "blurred edges", "lack of detail",
        "fuzzier",
    ],
    "detailed": [
        "fine detail", "lots of detail", "full of detail", "rich in detail", "highly detailed",
        "richly detailed", "crisp detail", "intricate", "intricate detail", "finely resolved",
        "high resolution", "high res", "plenty of detail", "every detail visible", "finely detailed",
    ],
    "hazy": [
        "haze", "foggy", "fog", "misty", "mist", "milky", "smoky", "veiled", "haziness", "hazier",
        "full of haze", "covered in haze", "covered in fog", "as if through fog", "covered in mist",
    ],
    # brightness
    "bright": [
        "brightness", "brightly lit", "well lit", "full of light", "lots of light", "plenty of light",
        "sunny", "sunlit", "light and airy", "light filled", "flooded with light", "high key", "brightened",
        "brighter",
    ],
    "dark": [
        "darkness", "darkened", "underexposed", "under exposed", "underexposure", "too dark", "pitch dark",
        "pitch black", "shadowy", "in shadow", "gloomy", "unlit", "nearly black", "darkish", "darker",
    ],
    "luminous": [
        "luminosity", "luminescent", "glowing", "aglow", "full of glow", "radiant", "radiance", "shining",
        "shimmering", "gleaming", "lit from within", "bathed in light", "radiant light", "glowing light",
    ],
    "dim": [
        "dimly lit", "dimness", "dimmed", "poorly lit", "badly lit", "underlit", "underexposed", "low light",
        "low-light", "weak light", "too little light", "not enough light", "lack of light", "poor light",
        "poor lighting",
    ],
    "balanced": [
        "well balanced", "balanced exposure", "well exposed", "correctly exposed", "properly exposed",
        "good exposure", "correct exposure", "perfect exposure", "even exposure", "evenly lit",
        "even lighting", "balanced lighting", "neither too dark nor too bright", "perfectly exposed",
    ],
    "overexposed": [
        "over exposed", "over-exposed", "overexposure", "blown out", "blown highlights",
        "blown out highlights", "clipped highlights", "lost highlights", "burnt out", "burned out",
        "too bright", "too much light", "whited out", "bleached", "burnt highlights",
    ],
    # colour
    "colorful": [
        "colourful", "full of color", "lots of color", "lots of colour", "plenty of color", "many colors",
        "many colours", "multicolored", "multicoloured", "brightly colored", "brightly coloured",
        "bursting with color", "rainbow colors", "full of colour",
    ],
    "dull": [
        "dullness", "dull colors", "dull colours", "drab", "drab colors", "dreary", "lackluster",
        "lacklustre", "lifeless", "bland", "dingy", "gray", "grey", "duller", "lifeless colors",
    ],
    "vivid": [
        "vividness", "vivid colors", "vivid colours", "vividly colored", "vibrant", "vibrancy",
        "vibrant colors", "vibrant colours", "intense colors", "brilliant colors", "lively", "lively colors",
        "bold colors", "colors that pop", "vivid tones",
    ],
    "faded": [
        "fade", "fading", "faded colors", "faded colours", "washed out", "washed-out", "washed out colors",
        "bleached", "sun bleached", "pale", "pale colors", "old and faded", "colors have faded",
        "fading colors",
    ],
    "saturated": [
        "saturation", "high saturation", "highly saturated", "heavily saturated", "richly saturated",
        "oversaturated", "strong colors", "strong colours", "intense colors", "deep colors", "deeply colored",
        "garish", "over the top colors", "over the top colours", "strongly saturated",
    ],
    "desaturated": [
        "desaturation", "low saturation", "lacks saturation", "undersaturated", "black and white",
        "monochrome", "grayscale", "greyscale", "gray", "grey", "colorless", "colourless", "no color",
        "no colour", "without color", "lack of color", "drained of color", "weak colors", "washed out",
        "without colour",
    ],
    "natural": [
        "natural looking", "natural colors", "natural colours", "naturally colored", "true to life",
        "true colors", "lifelike", "realistic", "realistic looking", "faithful colors", "accurate colors",
        "authentic", "unedited", "unprocessed", "looks real", "realistic colors",
    ],
    "unnatural": [
        "unnatural colors", "unnatural colours", "unnaturally colored", "not natural", "artificial",
        "artificial colors", "fake", "fake looking", "looks fake", "unreal", "unrealistic", "wrong colors",
        "color cast", "overprocessed", "over processed", "oversaturated", "garish", "over the top colors",
        "over the top colours", "artificial looking",
    ],
    # contrast
    "contrasted": [
        "contrast", "contrasty", "high contrast", "high-contrast", "strong contrast", "good contrast",
        "bold contrast", "dramatic contrast", "lots of contrast", "full of contrast", "highly contrasted",
        "strongly contrasted", "deep blacks", "plenty of contrast",
    ],
    "flat": [
        "flatness", "flattened", "flat tones", "tonally flat", "low contrast", "low-contrast", "no contrast",
        "weak contrast", "poor contrast", "little contrast", "lacks contrast", "without contrast",
        "washed out", "lack of contrast",
    ],
    "rich": [
        "richness", "rich tones", "rich colors", "rich colours", "rich in tone", "richly toned", "richer",
        "deep tones", "deep colors", "deep and rich", "tonal depth", "full tonal range", "lush",
        "lush colors", "sumptuous", "lush tones",
    ],
    "muted": [
        "muted colors", "muted colours", "muted tones", "subdued", "subdued colors", "subtle colors",
        "subtle tones", "quiet colors", "restrained", "restrained colors", "understated", "toned down",
        "toned down colors", "subdued tones",
    ],
    "punchy": [
        "punch", "lots of punch", "full of punch", "packs a punch", "punchier", "punchy tones",
        "punchy colors", "bold", "bold tones", "bold and punchy", "pop", "pops", "full of pop", "really pops",
        "colors that pop", "snappy", "lots of pop",
    ],
    "murky": [
        "murk", "murkiness", "murky tones", "murkier", "muddy", "muddied", "muddy tones", "muddy colors",
        "muddy shadows", "dark and muddy", "turbid", "murkily lit", "sludgy", "dingy", "murky shadows",
    ],
    # noise
    "clean": [
        "cleanness", "cleaner", "clean shadows", "no noise", "no visible noise", "low noise", "not noisy",
        "noise free", "noise-free", "noiseless", "free of noise", "without noise", "denoised",
        "noise removed", "free of any noise",
    ],
    "noisy": [
        "noise", "noisiness", "full of noise", "lots of noise", "high noise", "visible noise", "sensor noise",
        "digital noise", "color noise", "colour noise", "high iso noise", "noisy shadows", "tv static",
        "salt and pepper noise", "noisier",
    ],
    "smooth": [
        "smoothness", "smoother", "smooth tones", "silky", "silky smooth", "velvety", "creamy",
        "buttery smooth", "no grain", "no visible grain", "free of any grain", "not grainy", "grain free",
        "free of grain", "grainless", "without grain",
    ],
    "grainy": [
        "grain", "graininess", "grainier", "grained", "granular", "full of grain", "lots of grain",
        "film grain", "heavy grain", "coarse grain", "visible grain", "coarse", "gritty", "grainy shadows",
        "coarse grained",
    ],
    "pure": [
        "purity", "purer", "spotless", "unblemished", "without blemishes", "immaculate", "untainted",
        "pristine", "flawless", "no specks", "not speckled", "free of specks", "no spots", "without spots",
        "no dots", "dust free", "free of spots",
    ],
    "speckled": [
        "speckles", "speckly", "speckle noise", "specks", "full of specks", "covered in specks", "spots",
        "spotted", "spotty", "dotted", "white dots", "black dots", "covered in dots", "flecked", "dust spots",
        "hot pixels", "salt and pepper noise", "covered in spots",
    ],
    # artifacts
    "intact": [
        "undamaged", "no damage", "undistorted", "not distorted", "no distortion", "without distortion",
        "uncorrupted", "undegraded", "unbroken", "flawless", "faultless", "pristine", "no artifacts",
        "artifact free", "free of artifacts", "distortion free",
    ],
    "distorted": [
        "distortion", "heavily distorted", "full of distortion", "warped", "deformed", "twisted", "mangled",
        "garbled", "damaged", "corrupted", "degraded", "broken", "glitchy", "glitches", "full of glitches",
        "artifacts", "full of artifacts", "visible distortion",
    ],
    "seamless": [
        "seamlessly blended", "no seams", "no visible seams", "without seams", "no blocks",
        "no visible blocks", "not blocky", "not pixelated", "no pixelation", "no banding",
        "no jpeg artifacts", "no compression artifacts", "uncompressed", "lossless", "continuous tones",
        "without visible blocks",
    ],
    "blocky": [
        "blocks", "blockiness", "blocking artifacts", "full of blocks", "pixelated", "pixellated",
        "heavily pixelated", "pixelation", "visible pixels", "big pixels", "jpeg artifacts", "jpeg blocks",
        "compression artifacts", "heavily compressed", "overcompressed", "low quality jpeg", "mosaic",
        "banding", "artifacts", "full of artifacts", "visible blocks",
    ],
    "shaky": [
        "shake", "shaken", "shakiness", "shakier", "shaky hands", "shaking hands", "camera shake",
        "camera moved", "handheld shake", "motion blur", "unsteady", "unsteady hand", "unstable", "wobbly",
        "wobbling", "jittery", "jerky", "shaking camera",
    ],
    "stable": [
        "stability", "stabilized", "stabilised", "well stabilized", "steady", "rock steady", "steady hand",
        "held steady", "held still", "no shake", "no camera shake", "not shaky", "shake free", "on a tripod",
        "no motion blur", "without motion blur", "steady camera",
    ],
}

# A phrase of every word, in the same order, made of parts that others have too: never trained on.
HELD_OUT: list[str] = [
    "without blur", "out of focus shot", "needle sharp", "lack of sharpness", "crisp lines", "fuzzier",
    "finely detailed", "covered in mist", "brighter", "darker", "glowing light", "poor lighting",
    "perfectly exposed", "burnt highlights", "full of colour", "lifeless colors", "vivid tones",
    "fading colors", "strongly saturated", "without colour", "realistic colors", "artificial looking",
    "plenty of contrast", "lack of contrast", "lush tones", "subdued tones", "lots of pop", "murky shadows",
    "free of any noise", "noisier", "without grain", "coarse grained", "free of spots", "covered in spots",
    "distortion free", "visible distortion", "without visible blocks", "visible blocks", "shaking camera",
    "steady camera",
]
# fmt: on

TEMPLATES = [
    "{}",
    "{} photo",
    "{} picture",
    "{} image",
    "a {} photo",
    "a {} picture",
    "a {} image",
    "a photo that is {}",
    "the photo is {}",
    "it looks {}",
    "very {}",
    "really {}",
    "quite {}",
    "a bit {}",
]


def training_phrases() -> dict[str, list[str]]:
    """Phrase → the words that it means: each word itself and its phrases, without those held out."""
    meanings = {word: [word] for word in LEXICON}
    for word, phrases in LEXICON.items():
        for phrase in phrases:
            if phrase not in HELD_OUT:
                meanings.setdefault(phrase, []).append(word)
    return meanings


def corpus() -> list[str]:
    """What the tokenizer's merges are learnt from: every training phrase and every template once.

    A part of one phrase alone stays in pieces, as it will be in a new word.
    """
    return [*training_phrases(), *(template.format("") for template in TEMPLATES)]
