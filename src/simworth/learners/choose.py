"""From the settings in a study to the learner, and what its numbers depend on besides them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from simworth.digest import digest_file
from simworth.errors import MissingExtraError, StudyError
from simworth.identity import Kind
from simworth.learners.chi_settings import ChiSpec
from simworth.learners.plugins.code import check_options, load, package_versions, source_version, split_name
from simworth.learners.protocol import Float64, Int32, Learner, Materials
from simworth.learners.settings import (
    BlendSpec,
    ChempropSpec,
    InContextSpec,
    LearnerSpec,
    NetworkSpec,
    PythonSpec,
    SklearnSpec,
    TorchSpec,
)


def make_learner(spec: LearnerSpec) -> Learner:
    """The learner of a study. For code that the study names, this imports and so runs it.

    Raises
    ------
    StudyError
        When what the study names cannot be imported or does not take its options, or a checkpoint cannot be used.
    MissingExtraError
        When a package is not installed.
    """
    if isinstance(spec, BlendSpec):
        from simworth.learners.blend.learner import BlendLearner

        return BlendLearner(spec)
    if isinstance(spec, NetworkSpec):
        return NetworkLearner(spec)
    if isinstance(spec, ChiSpec):
        from simworth.learners.chi_learner import ChiLearner

        return ChiLearner(spec)
    if isinstance(spec, SklearnSpec):
        from simworth.learners.plugins.estimator import EstimatorLearner

        return EstimatorLearner(spec)
    if isinstance(spec, PythonSpec):
        return _own(spec)
    if isinstance(spec, InContextSpec):
        for package in ("torch", spec.model):
            _need(package, "incontext", f"The learner {spec.label!r}")
        from simworth.learners.plugins.in_context import InContextLearner

        return InContextLearner(spec)
    _need("torch", "torch", f"The learner {spec.label!r}")
    from simworth.learners.plugins.descent import DescentLearner

    if isinstance(spec, TorchSpec):
        from simworth.learners.plugins.module import UserModule

        return DescentLearner(spec, UserModule(spec))
    _need("chemprop", "chemprop", "The learner 'chemprop'")
    from simworth.learners.plugins.chemprop import MessagePassing

    return DescentLearner(spec, MessagePassing(spec))


def check_kind(spec: LearnerSpec, kind: Kind) -> None:
    """Refuse materials that the learner cannot read.

    Raises
    ------
    StudyError
        For chemprop, of materials without SMILES; for the χ network, of anything but pairs.
    """
    if isinstance(spec, ChiSpec) and kind != "pair":
        raise StudyError(f"the learner 'chi' reads pairs of polymer and solvent; materials of kind {kind!r} are none")
    if isinstance(spec, ChempropSpec) and kind not in ("molecule", "polymer"):
        raise StudyError(f"the learner 'chemprop' reads SMILES; materials of kind {kind!r} need another learner")


def learner_versions(spec: LearnerSpec) -> dict[str, str]:
    """Versions of the packages, and digests of the user's files, that a plug-in's numbers depend on."""
    if isinstance(spec, SklearnSpec):
        return package_versions(split_name(spec.estimator, "estimator")[0])
    if isinstance(spec, PythonSpec):
        module = split_name(spec.factory, "factory")[0]
        return package_versions(module) | source_version(module)
    if isinstance(spec, TorchSpec):
        module = split_name(spec.module, "module")[0]
        return _installed("torch") | package_versions(module) | source_version(module)
    if isinstance(spec, InContextSpec):
        return _installed("torch", spec.model) | {"checkpoint": f"file {digest_file(Path(spec.checkpoint))}"}
    return _installed("torch", "chemprop") if isinstance(spec, ChempropSpec) else {}


class NetworkLearner:
    """`Learner` of simworth's own network.

    Direct learning is its two steps on the experiments alone where it is tuned, else the kernel ridge regression that
    the strategies in closed form come to without a source.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        self._spec = spec

    def pretrain(self, source: Materials, labels: Float64, rows: Int32, n: int, seeds: list[int]) -> object:
        """Train all lanes together; shapes as in `Learner`."""
        from simworth.learners.network import pretrain

        return pretrain(self._spec, source.features, labels, rows, n, seeds)

    def adapt_and_predict(
        self, state: object | None, target: Materials, labels: Float64, train: Int32, ask: Int32, seeds: list[int]
    ) -> Float64:
        """Adapt all lanes together; shapes as in `Learner`."""
        from simworth.learners.network import Pretrained
        from simworth.learners.strategies import adapt_and_predict, direct_and_predict

        if state is None and self._spec.adaptation not in ("tune", "unfreeze"):
            # A network that has learned the experiments by heart would look right on each of them.
            return direct_and_predict(target.features, labels, train, ask)
        begun = self.pretrain(target, labels[train], train, train.shape[1], seeds) if state is None else state
        assert isinstance(begun, Pretrained)
        return adapt_and_predict(self._spec, begun, target.features, labels, train, ask)


def _own(spec: PythonSpec) -> Learner:
    factory = load(spec.factory, "factory")
    check_options(factory, 0, spec.options, spec.factory)
    made = factory(**spec.options)
    if not isinstance(made, Learner):
        raise StudyError(
            f"learner.factory: what {spec.factory!r} made has no methods 'pretrain' and 'adapt_and_predict'"
        )
    return made


def _need(package: str, extra: str, purpose: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(package, extra, purpose)


def _installed(*packages: str) -> dict[str, str]:
    return {package: importlib.metadata.version(package) for package in packages}
