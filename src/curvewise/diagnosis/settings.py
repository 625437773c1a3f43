"""What was set far from anything usual: each function looks at one setting, and is silent without it.

It says nothing of whether the run is in trouble: that is for the signs to say.
"""

from __future__ import annotations

from curvewise.curves.features import Features
from curvewise.diagnosis.suspect import STEP, Suspect, lower_rate, raise_rate

USUAL_RATES = {"sgd": 0.03, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "rmsprop": 0.001}
"""Middle of the suspects: the article's 0.01 for SGD and what the engine's screening found (0.1 to 0.3 with
momentum, 0.001 to 0.01 with RMSProp; docs/space.md); Adam and AdamW below."""
USUAL_ADAM = 0.002
"""Adam's and AdamW's: the engine's screening found 0.001 to 0.01 (docs/space.md); Kingma and Ba 2015 propose
0.001."""
FAR = 20.0
"""A rate 20 times off the usual one is suspect: tuned rates of one optimizer spread over a factor of 10
either way (docs/space.md: 0.001 to 0.03 over the cells of one task). It takes a sign as well."""

ODD_SCALE = 5.0
"""Times, or a part of, the initial weights that the chosen initialisation draws: a layer of five times the
usual weights grows its input as often, which two layers do not forgive."""

LARGE_DROPOUT = 0.6
"""UMLAUT warns above 0.5, which the article's sources use: so above 0.6."""
LARGE_COUPLED_DECAY = 0.05
"""Coupled L2: 5e-4 is usual in images, 1e-2 the largest in the playbooks; five times that."""
LARGE_DECOUPLED_DECAY = 1.0
"""AdamW's: 0.1 is the largest usual one; ten times that."""

WHOLE_SET = 0.25
"""Minibatch / training rows: fewer than 4 steps per epoch."""
LARGE_MINIBATCH = 512
"""Examples: twice the largest that the article calls good. Smaller ones are usual however few rows there are:
published programs take all of 300 rows at once, and learn."""
ONLINE = 2
"""Minibatches of 1 and 2: the article's online training."""

FEW_UNITS = 4
"""Fewer units than that, and than classes, can hardly be enough for anything."""
FEWEST_UNITS = 2
"""Nor can so few for two classes, or for numbers."""

MANY_LAYERS = 5
"""Layers of sigmoid through which gradients fade: Glorot and Bengio's have 4 and 5, AutoTrainer's vanishing
networks 8 and more. Those of tanh train, published ones of 17 layers, too."""


def inputs(features: Features) -> Suspect | None:
    """Inputs that were not standardised."""
    if features.word("encoding") != "raw":
        return None
    because = "its inputs are not standardised"
    source = "the article: 0.01 is a good start with normalised inputs; LeCun et al. 1998, section 4.3"
    return Suspect("encoding", "change", None, because, source)


def initial_scale(features: Features) -> Suspect | None:
    """Initial weights five times as large, or as small, as their scheme draws."""
    scale = features.setting("initial_scale")
    if scale is None or scale <= 0 or 1 / ODD_SCALE < scale < ODD_SCALE:
        return None
    because = f"initial weights are {scale:.3g} times those that keep signals and gradients at their size"
    source = "He et al. 2015, arXiv 1502.01852, section 2.2; Glorot and Bengio 2010"
    return Suspect("initialisation", "change", None, because, source)


def dropout(features: Features) -> Suspect | None:
    """Dropout of 0.6 and more."""
    share = features.setting("dropout")
    if share is None or share < LARGE_DROPOUT:
        return None
    because = f"dropout {share:g} hides most of every layer"
    source = "UMLAUT 2021 (dropout above 0.5); the article proposes dropout against overfitting only"
    return Suspect("dropout", "lower", 0.5, because, source)


def weight_decay(features: Features) -> Suspect | None:
    """Weight decay of 0.05 and more, or 1 and more where it is decoupled."""
    decay = features.setting("weight_decay")
    decoupled = features.word("optimizer") in ("adamw", "schedule_free")
    large = LARGE_DECOUPLED_DECAY if decoupled else LARGE_COUPLED_DECAY
    if decay is None or decay < large:
        return None
    because = f"weight decay {decay:g} pulls the weights to zero as fast as they learn"
    source = "TheDeepChecker 2022 (regularisation that overwhelms the loss); Loshchilov and Hutter 2019"
    return Suspect("weight_decay", "lower", 1 / STEP, because, source)


def minibatch(features: Features) -> Suspect | None:
    """Minibatches of 1 and 2 examples, or of 512 and more that are a quarter of all rows."""
    size, rows = features.setting("minibatch"), features.setting("train_rows")
    if size is not None and 1 <= size <= ONLINE:
        because = (
            f"steps are taken on {size:g} example{'s' if size > 1 else ''}: their noise is larger than what "
            "they teach (or scale the learning rate down with the minibatch)"
        )
        source = (
            "the article: 32 is a good candidate; Goyal et al. 2017, arXiv 1706.02677, for scaling the rate"
        )
        return Suspect("minibatch", "raise", 16.0, because, source)
    if size is None or rows is None or min(size, rows) < max(LARGE_MINIBATCH, WHOLE_SET * rows):
        return None
    because = f"minibatches of {min(size, rows):g} of {rows:g} rows leave few steps per epoch"
    source = "the article: 32 to 256; McCandlish et al. 2018, arXiv 1812.06162: no use beyond the noise scale"
    return Suspect("minibatch", "lower", max(32 / min(size, rows), 1 / 64), because, source)


def units(features: Features) -> Suspect | None:
    """Hidden layers of fewer units than there are classes, and than four."""
    width, guess = features.setting("units"), features.chance
    if width is None or guess is None or features.setting("layers") == 0:
        return None
    classes = guess.classes or FEW_UNITS
    if width >= max(min(classes, FEW_UNITS), FEWEST_UNITS + 1):
        return None
    because = f"everything must pass through {width:g} units"
    source = (
        "the article: a network that does not train may need more units; today rates are ruled out "
        "first (Karpathy: overfit one minibatch)"
    )
    return Suspect("units", "raise", 8.0, because, source)


def activation(features: Features) -> Suspect | None:
    """Five layers of sigmoid and more, without normalisation."""
    layers, plain = features.setting("layers"), features.word("normalisation") in (None, "none")
    if features.word("activation") != "sigmoid" or layers is None or layers < MANY_LAYERS or not plain:
        return None
    because = f"gradients fade on their way through {layers:g} layers of sigmoid; relu or gelu let them pass"
    source = "Glorot and Bengio 2010, section 3; AutoTrainer 2021 (vanishing gradient)"
    return Suspect("activation", "change", None, because, source)


def rate(features: Features) -> Suspect | None:
    """A learning rate twenty times off what is usual with the optimizer."""
    found, optimizer = features.setting("learning_rate"), features.word("optimizer")
    found = found if found is not None else features.rates.peak if features.rates else None
    if found is None or optimizer is None or found <= 0:
        return None
    usual = USUAL_RATES.get(optimizer, USUAL_ADAM)
    if found >= FAR * usual:
        return lower_rate(f"{found:.3g} is far above the usual rates of {optimizer}")
    if found * FAR <= usual:
        return raise_rate(f"{found:.3g} is far below the usual rates of {optimizer}")
    return None
