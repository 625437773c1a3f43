"""Model hyperparameters of a convolutional network: what is trained (the article's second category)."""

from __future__ import annotations

from curvewise.space.domain import Choice, Domain, Fixed, Integer, Real
from curvewise.space.hyperparameter import Hyperparameter

BLOCKS = {"plain": 2, "residual": 1}
ACTIVATIONS = {"relu": 4, "leaky_relu": 1, "gelu": 2, "silu": 1, "tanh": 0.25}
NORMALISATIONS = {"none": 1, "batch": 3, "group": 1}
LEGAL_ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu")

MOST_STAGES = 4


def block(side: int) -> Hyperparameter:
    """Plain or residual; a plain stage cannot halve an image whose shorter ``side`` is one pixel."""
    domain: Domain = Choice(list(BLOCKS), list(BLOCKS.values())) if side > 1 else Fixed("residual")
    return Hyperparameter(
        name="block",
        domain=domain,
        category="model",
        default="plain" if side > 1 else "residual",
        source="skips help deep networks: He et al., arXiv 1512.03385, figure 4 (20 layers gain nothing); "
        "weights: choice",
        unit="",
        help="Whether a skip leads around every two convolutions",
        legal=domain,
    )


def stages(side: int) -> Hyperparameter:
    """Stages, each of half the height and width of the one before; ``side`` is the shorter of an image's."""
    most = max(1, min(MOST_STAGES, side.bit_length() - 1))
    legal: Domain = Integer(1, most) if most > 1 else Fixed(1)
    return Hyperparameter(
        name="stages",
        domain=Integer(1, most).peaked(2, 0.3) if most > 1 else Fixed(1),
        category="model",
        default=min(2, most),
        source="2 for 28 x 28 pixels as in LeCun et al. 1998, doi 10.1109/5.726791; filters double from "
        "stage to stage: arXiv 1409.1556, section 2.1",
        unit="",
        help="Stages; each halves height and width, and has twice the filters of the one before",
        legal=legal if most > 1 else None,
    )


def convolutions() -> Hyperparameter:
    """Convolutions of each stage."""
    return Hyperparameter(
        name="convolutions",
        domain=Integer(1, 3).peaked(1, 0.35),
        category="model",
        default=1,
        source="article 12: depth; 1 to 4 in Simonyan and Zisserman, arXiv 1409.1556, table 1; the least "
        "first, since each costs as much again (choice)",
        unit="",
        help="Convolutions of 3 x 3 in each stage; residual stages have an even number",
        legal=Integer(1, 7),
    )


def filters() -> Hyperparameter:
    """Filters of the first stage."""
    return Hyperparameter(
        name="filters",
        domain=Integer(4, 64, log=True).peaked(16, 0.2),
        category="model",
        default=16,
        source="article 9; 16 in He et al., arXiv 1512.03385, section 4.2; range: what a minute on two "
        "cores bears (choice)",
        unit="",
        help="Filters of each convolution of the first stage",
        legal=Integer(1, 512),
    )


def activation() -> Hyperparameter:
    """Activation function."""
    return Hyperparameter(
        name="activation",
        domain=Choice(list(ACTIVATIONS), list(ACTIVATIONS.values())),
        category="model",
        default="relu",
        source="ReLU and its kin alike: Mishkin et al., arXiv 1606.02228, section 3.1; weights: choice",
        unit="",
        help="Curve that follows each convolution",
        legal=Choice(list(LEGAL_ACTIVATIONS)),
    )


def normalisation() -> Hyperparameter:
    """Normalisation of the channels."""
    return Hyperparameter(
        name="normalisation",
        domain=Choice(list(NORMALISATIONS), list(NORMALISATIONS.values())),
        category="model",
        default="batch",
        source="Ioffe and Szegedy, arXiv 1502.03167, figure 2: the same accuracy in a fourteenth of the "
        "steps; by groups for small minibatches: Wu and He, arXiv 1803.08494",
        unit="",
        help="What brings each channel to one scale",
        legal=Choice(list(NORMALISATIONS)),
    )


def dropout() -> Hyperparameter:
    """Dropout before the last linear map."""
    return Hyperparameter(
        name="dropout",
        domain=Real(0.0, 0.7).peaked(0.2, 0.3),
        category="model",
        default=0.2,
        source="article 10; accuracy of Mishkin et al., arXiv 1606.02228, for 0.1, 0.2, 0.3, 0.5: 47.3, "
        "49.4, 49.7, 47.1 %",
        unit="",
        help="Share of what enters the last linear map silenced at each step",
        legal=Real(0.0, 0.95),
    )
