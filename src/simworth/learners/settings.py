"""What a study may choose about its learners."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from simworth.learners.chi_settings import ChiSpec

Baseline = Literal["ridge", "forest", "boosting", "gaussian_process"]
Plain = bool | int | float | str
Options = dict[str, Plain | tuple[Plain, ...]]
"""What TOML can say to a package's own class or function."""

Adaptation = Literal["tune", "unfreeze", "head", "affine", "residual", "kernel", "auto"]


class NetworkSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="network"):
    """Settings of the transferred network."""

    hidden: tuple[int, ...] = (128, 64)
    members: int = 1
    """Networks a trial; their predictions are averaged."""
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-3
    epochs: float = 32.0
    """How often each source material is looked at on average, within the next two bounds."""
    least_steps: int = 100
    most_steps: int = 4000
    validation: float = 0.0
    """Share of the n source materials that are not learned from but tell when to stop, and which weights were best; 0
    learns from all of them to the end."""
    patience: int = 3
    """With ``validation``: how many looks at it, 100 steps apart, without progress end the training."""
    adaptation: Adaptation = "tune"
    """How the pretrained network is adapted to experiments; see `simworth.learners.strategies`."""
    tuning_rate: float = 1e-3
    tuning_steps: int = 100

    def pretraining_steps(self, n: int) -> int:
        """Gradient steps spent on ``n`` source materials."""
        return _steps(self.epochs * n / self.batch, self.least_steps, self.most_steps)

    def cut_short(self, n: int) -> bool:
        """Whether ``most_steps`` ends the pretraining on ``n`` source materials before ``epochs`` are over."""
        return self.epochs * n / self.batch > self.most_steps

    @property
    def label(self) -> str:
        """What trials call the learner."""
        return "network"


class ElementsSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a network over the elements of compositions; see `simworth.learners.elements_network`."""

    width: int = 32
    """Numbers that stand for an element of a composition."""
    layers: int = 2
    inner: int = 64
    """Units inside a layer."""
    hidden: int = 64
    """Units of the layer that reads the composition."""
    members: int = 1
    """Networks a trial; their predictions are averaged."""
    batch: int = 64
    rate: float = 8e-3
    decay: float = 1e-3
    epochs: float = 32.0
    """How often each source material is looked at on average, within the next two bounds."""
    least_steps: int = 100
    most_steps: int = 4000

    def pretraining_steps(self, n: int) -> int:
        """Gradient steps spent on ``n`` source materials."""
        return _steps(self.epochs * n / self.batch, self.least_steps, self.most_steps)


SourceModel = Literal["linear", "boosting", "network", "elements"]
Member = Literal["line", "ridge", "rest", "trees", "gaussian"]


class BlendSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="blend"):
    """Settings of the default: several source models and adaptations, blended; see `simworth.learners.blend`."""

    sources: tuple[SourceModel, ...] = ("linear", "boosting", "network", "elements")
    """Models of the source whose predictions are transferred: linear in counts, boosted trees, networks, and networks
    over elements, which are for compositions alone."""
    adaptations: tuple[Member, ...] = ("line", "ridge", "rest", "trees", "gaussian")
    """Members that learn from experiments; direct learning has those that need no source."""
    trees: int = 150
    """Boosted trees."""
    members: int = 2
    """Networks a trial."""
    hidden: tuple[int, ...] = (128, 64)
    batch: int = 64
    rate: float = 8e-3
    decay: float = 1e-3
    epochs: float = 32.0
    """How often the networks look at each source material on average, within the next two bounds."""
    least_steps: int = 100
    most_steps: int = 4000

    def network(self) -> NetworkSpec:
        """Settings of its networks."""
        return NetworkSpec(
            hidden=self.hidden,
            members=self.members,
            batch=self.batch,
            rate=self.rate,
            decay=self.decay,
            epochs=self.epochs,
            least_steps=self.least_steps,
            most_steps=self.most_steps,
        )

    def elements(self) -> ElementsSpec:
        """Settings of its networks over elements."""
        return ElementsSpec(
            members=self.members,
            batch=self.batch,
            decay=self.decay,
            epochs=self.epochs,
            least_steps=self.least_steps,
            most_steps=self.most_steps,
        )

    def cut_short(self, n: int) -> bool:
        """Whether ``most_steps`` ends a network's training on ``n`` source materials before ``epochs`` are over."""
        return "network" in self.sources and self.network().cut_short(n)

    @property
    def label(self) -> str:
        """What trials call the learner."""
        return "blend"


class SklearnSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="sklearn"):
    """Settings of a regressor with scikit-learn's interface."""

    estimator: str
    """Its class, such as ``"sklearn.ensemble.ExtraTreesRegressor"``."""
    options: Options = {}
    """What the class is called with; a ``random_state`` that is not given comes from the study's seed."""

    @property
    def label(self) -> str:
        """What trials call the learner: the class."""
        return _last(self.estimator)


class DescentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a PyTorch module is trained."""

    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.0
    steps: int = 1000
    """Pretraining steps at n = 1,000; they grow with the square root of n between the next two bounds."""
    least_steps: int = 400
    most_steps: int = 4000
    tuning_rate: float = 3e-4
    tuning_steps: int = 200

    def pretraining_steps(self, n: int) -> int:
        """Gradient steps spent on ``n`` source materials."""
        return _steps(self.steps * (n / 1000) ** 0.5, self.least_steps, self.most_steps)


class TorchSpec(DescentSpec, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name", tag="torch"):
    """Settings of a user's own PyTorch module."""

    module: str
    """A class or function such as ``"mypackage.models:MyNet"`` that makes a module from the number of features."""
    options: Options = {}
    """What it is called with besides."""

    @property
    def label(self) -> str:
        """What trials call the learner: the class."""
        return _last(self.module)


class ChempropSpec(
    DescentSpec, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name", tag="chemprop"
):
    """Settings of chemprop's directed message passing on the bonds of a molecule."""

    depth: int = 3
    hidden: int = 300
    """Units of a message, and of the hidden layer that reads the fingerprint."""
    dropout: float = 0.0
    aggregation: Literal["mean", "sum", "norm"] = "norm"
    """How atoms become a molecule; ``"norm"`` is a hundredth of the sum."""
    freeze: bool = False
    """Keep the pretrained message passing as it is and tune only the layers that read it, which is quick."""

    @property
    def label(self) -> str:
        """What trials call the learner."""
        return "chemprop"


class InContextSpec(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="name", tag="in_context"
):
    """Settings of a pretrained transformer that reads the experiments as its context."""

    model: Literal["tabpfn", "tabicl"]
    checkpoint: str
    """The file with its weights for regression, relative to the study file. Nothing is downloaded."""
    estimators: int = 4
    """Passes with features in other orders, whose predictions are averaged."""
    most_rows: int = 3000
    """Experiments in a context at most; of more, a random choice."""
    most_features: int = 500
    """Features at most; of more, those whose values are spread most evenly over their range."""

    @property
    def label(self) -> str:
        """What trials call the learner: the model."""
        return self.model


class PythonSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="python"):
    """Settings of any object with the methods of `simworth.learners.protocol.Learner`."""

    factory: str
    """A class or function such as ``"mypackage:make_learner"`` that makes the object."""
    options: Options = {}
    """What it is called with."""

    @property
    def label(self) -> str:
        """What trials call the learner: the factory."""
        return _last(self.factory)


LearnerSpec = BlendSpec | NetworkSpec | ChiSpec | SklearnSpec | TorchSpec | ChempropSpec | InContextSpec | PythonSpec


def _last(name: str) -> str:
    return name.replace(":", ".").rpartition(".")[2]


def _steps(wanted: float, least: int, most: int) -> int:
    return int(np.clip(wanted, least, most))
