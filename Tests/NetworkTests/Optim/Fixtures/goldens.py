"""Prints PyTorch's values for the tests of optimizers and schedules, as the Swift literals that stand in them.

    python goldens.py steps | schedules | curves
"""

import math
import sys
import warnings

import torch
from torch.optim import lr_scheduler as S
from torch.optim.swa_utils import SWALR

torch.set_num_threads(1)
warnings.simplefilter("ignore")


def numbers(values, digits=7):
    return "[" + ", ".join(f"{v:.{digits}g}" if abs(v) > 1e-12 else "0" for v in values) + "]"


# Optimizers with the options that are tested: Swift's and PyTorch's.
STEPS = [
    ("SGD", "lr: 0.1, momentum: 0.9, dampening: 0.2, maximize: true", dict(lr=0.1, momentum=0.9, dampening=0.2, maximize=True)),
    ("SGD", "lr: 0.1, momentum: 0.5, weightDecay: 0.1, nesterov: true, maximize: true",
     dict(lr=0.1, momentum=0.5, weight_decay=0.1, nesterov=True, maximize=True)),
    ("Adam", "lr: 0.1, amsgrad: true", dict(lr=0.1, amsgrad=True)),
    ("Adam", "lr: 0.1, betas: (0.8, 0.5), weightDecay: 0.1, amsgrad: true, maximize: true",
     dict(lr=0.1, betas=(0.8, 0.5), weight_decay=0.1, amsgrad=True, maximize=True)),
    ("Adam", "lr: 0.1, weightDecay: 0.3, decoupledWeightDecay: true", dict(lr=0.1, weight_decay=0.3, decoupled_weight_decay=True)),
    ("AdamW", "lr: 0.1, betas: (0.4, 0.5), weightDecay: 0.3, amsgrad: true",
     dict(lr=0.1, betas=(0.4, 0.5), weight_decay=0.3, amsgrad=True)),
    ("AdamW", "lr: 0.1, maximize: true", dict(lr=0.1, maximize=True)),
    ("RMSprop", "lr: 0.05, momentum: 0.9, centered: true, maximize: true",
     dict(lr=0.05, momentum=0.9, centered=True, maximize=True)),
    ("Adagrad", "lr: 0.1, weightDecay: 0.1, maximize: true", dict(lr=0.1, weight_decay=0.1, maximize=True)),
    ("NAdam", "lr: 0.1", dict(lr=0.1)),
    ("NAdam", "lr: 0.1, betas: (0.8, 0.9), weightDecay: 0.1, momentumDecay: 0.4",
     dict(lr=0.1, betas=(0.8, 0.9), weight_decay=0.1, momentum_decay=0.4)),
    ("NAdam", "lr: 0.1, weightDecay: 0.2, decoupledWeightDecay: true, maximize: true",
     dict(lr=0.1, weight_decay=0.2, decoupled_weight_decay=True, maximize=True)),
    ("RAdam", "lr: 0.1", dict(lr=0.1)),
    ("RAdam", "lr: 0.1, betas: (0.8, 0.9), eps: 1e-3, weightDecay: 0.1",
     dict(lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)),
    ("RAdam", "lr: 0.1, weightDecay: 0.2, decoupledWeightDecay: true, maximize: true",
     dict(lr=0.1, weight_decay=0.2, decoupled_weight_decay=True, maximize=True)),
    ("Adadelta", "", dict()),
    ("Adadelta", "lr: 0.5, rho: 0.6, eps: 1e-2, weightDecay: 0.1, maximize: true",
     dict(lr=0.5, rho=0.6, eps=1e-2, weight_decay=0.1, maximize=True)),
    ("Adamax", "lr: 0.1", dict(lr=0.1)),
    ("Adamax", "lr: 0.1, betas: (0.3, 0.6), eps: 1e-2, weightDecay: 0.1, maximize: true",
     dict(lr=0.1, betas=(0.3, 0.6), eps=1e-2, weight_decay=0.1, maximize=True)),
    ("ASGD", "lr: 0.1", dict(lr=0.1)),
    ("ASGD", "lr: 0.1, lambd: 0.2, alpha: 0.5, t0: 1, weightDecay: 0.1, maximize: true",
     dict(lr=0.1, lambd=0.2, alpha=0.5, t0=1, weight_decay=0.1, maximize=True)),
    ("Rprop", "lr: 0.1", dict(lr=0.1)),
    ("Rprop", "lr: 0.3, etas: (0.3, 3), stepSizes: (0.1, 0.5), maximize: true",
     dict(lr=0.3, etas=(0.3, 3.0), step_sizes=(0.1, 0.5), maximize=True)),
    ("Adafactor", "lr: 0.1", dict(lr=0.1)),
    ("Adafactor", "lr: 0.1, beta2Decay: -0.5, eps: (1e-2, 0.1), d: 2, weightDecay: 0.1, maximize: true",
     dict(lr=0.1, beta2_decay=-0.5, eps=(1e-2, 0.1), d=2.0, weight_decay=0.1, maximize=True)),
]


def steps():
    """Seven steps by the gradient of the sum of p^2 + p^3 / 3, of a vector and of a matrix of float64."""
    f = lambda p: (p**2).sum() + (p**3).sum() / 3
    for name, swift, options in STEPS:
        p = torch.tensor([1.0, -2, 0.5], requires_grad=True)
        q = torch.tensor([[1.0, -2, 0.5], [0.25, 3, -1]], dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, name)([p, q], **options)
        for _ in range(7):
            optimizer.zero_grad()
            (f(p) + f(q)).backward()
            optimizer.step()
        print(f"    Case(\n      {{ {name}($0{', ' if swift else ''}{swift}) }},")
        print(f"      {numbers(p.tolist())},\n      {numbers(q.flatten().tolist(), 12)}),")


SCHEDULES = [
    ("StepLR($0, stepSize: 3, gamma: 0.7)", lambda o: S.StepLR(o, 3, 0.7)),
    ("MultiStepLR($0, milestones: [2, 5, 5, 9], gamma: 0.3)", lambda o: S.MultiStepLR(o, [2, 5, 5, 9], 0.3)),
    ("ConstantLR($0, factor: 0.25, totalIters: 4)", lambda o: S.ConstantLR(o, 0.25, 4)),
    ("LinearLR($0, startFactor: 0.2, endFactor: 0.9, totalIters: 7)", lambda o: S.LinearLR(o, 0.2, 0.9, 7)),
    ("ExponentialLR($0, gamma: 0.83)", lambda o: S.ExponentialLR(o, 0.83)),
    ("PolynomialLR($0, totalIters: 8, power: 1.7)", lambda o: S.PolynomialLR(o, 8, 1.7)),
    ("CosineAnnealingLR($0, tMax: 5, etaMin: 0.02)", lambda o: S.CosineAnnealingLR(o, 5, 0.02)),
    ("CosineAnnealingWarmRestarts($0, t0: 3, tMult: 2, etaMin: 0.01)", lambda o: S.CosineAnnealingWarmRestarts(o, 3, 2, 0.01)),
    ("CyclicLR($0, baseLr: 0.1, maxLr: [0.9, 0.5], stepSizeUp: 3, stepSizeDown: 2, mode: .triangular2)",
     lambda o: S.CyclicLR(o, 0.1, [0.9, 0.5], 3, 2, mode="triangular2")),
    ("CyclicLR($0, baseLr: 0.1, maxLr: 0.9, stepSizeUp: 4, mode: .expRange, gamma: 0.9, cycleMomentum: false)",
     lambda o: S.CyclicLR(o, 0.1, 0.9, 4, mode="exp_range", gamma=0.9, cycle_momentum=False)),
    ("CyclicLR($0, baseLr: 0.1, maxLr: 0.9, stepSizeUp: 2, scaleFn: { 1 / (1 + $0) }, scaleMode: .iterations)",
     lambda o: S.CyclicLR(o, 0.1, 0.9, 2, scale_fn=lambda x: 1 / (1 + x), scale_mode="iterations")),
    ("OneCycleLR($0, maxLr: [1, 0.5], totalSteps: 12)", lambda o: S.OneCycleLR(o, [1, 0.5], 12)),
    ("OneCycleLR($0, maxLr: 1, epochs: 3, stepsPerEpoch: 4, pctStart: 0.4, annealStrategy: .linear, threePhase: true)",
     lambda o: S.OneCycleLR(o, 1, epochs=3, steps_per_epoch=4, pct_start=0.4, anneal_strategy="linear", three_phase=True)),
    ("LambdaLR($0, lrLambda: [{ 1 / Double(1 + $0) }, { 0.5 * Double($0) }])",
     lambda o: S.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 0.5 * e])),
    ("MultiplicativeLR($0) { $0 < 4 ? 0.9 : 1.05 }", lambda o: S.MultiplicativeLR(o, lambda e: 0.9 if e < 4 else 1.05)),
    ("SequentialLR($0, schedulers: [LinearLR($0, totalIters: 3), ExponentialLR($0, gamma: 0.8), CosineAnnealingLR($0, tMax: 4)], milestones: [3, 7])",
     lambda o: S.SequentialLR(o, [S.LinearLR(o, total_iters=3), S.ExponentialLR(o, 0.8), S.CosineAnnealingLR(o, 4)], [3, 7])),
    ("SequentialLR($0, schedulers: [ConstantLR($0, totalIters: 2), CosineAnnealingWarmRestarts($0, t0: 3)], milestones: [4])",
     lambda o: S.SequentialLR(o, [S.ConstantLR(o, total_iters=2), S.CosineAnnealingWarmRestarts(o, 3)], [4])),
    ("ChainedScheduler([ConstantLR($0, factor: 0.1, totalIters: 3), ExponentialLR($0, gamma: 0.9)])",
     lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 3), S.ExponentialLR(o, 0.9)])),
    ("SWALR($0, swaLr: 0.05, annealEpochs: 4)", lambda o: SWALR(o, 0.05, 4)),
    ("SWALR($0, swaLr: [0.05, 0.1], annealEpochs: 3, annealStrategy: .linear)",
     lambda o: SWALR(o, [0.05, 0.1], 3, "linear")),
]


def schedules():
    """The rates of two groups, and the momentum, at the beginning and after each of twelve steps."""
    for swift, make in SCHEDULES:
        p, q = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        o = torch.optim.SGD([{"params": [p], "lr": 0.8}, {"params": [q], "lr": 0.3}], momentum=0.9)
        s = make(o)
        first, second, momentum = [], [], []
        for step in range(13):
            if step:
                o.step()
                s.step()
            a, b = o.param_groups
            first.append(a["lr"])
            second.append(b["lr"])
            momentum.append(a["momentum"])
        cycled = f",\n      momentum: {numbers(momentum, 12)}" if len(set(momentum)) > 1 else ""
        print(f"    Case(\n      {{ {swift} }},\n      {numbers(first, 12)},\n      {numbers(second, 12)}{cycled}),")


CURVES = [
    ("SGD", "lr: 0.2, momentum: 0.9, nesterov: true", dict(lr=0.2, momentum=0.9, nesterov=True)),
    ("Adam", "lr: 0.02", dict(lr=0.02)),
    ("Adam", "lr: 0.02, amsgrad: true", dict(lr=0.02, amsgrad=True)),
    ("AdamW", "lr: 0.02, weightDecay: 0.1", dict(lr=0.02, weight_decay=0.1)),
    ("Adagrad", "lr: 0.1", dict(lr=0.1)),
    ("RMSprop", "lr: 0.01, momentum: 0.5", dict(lr=0.01, momentum=0.5)),
    ("NAdam", "lr: 0.02", dict(lr=0.02)),
    ("RAdam", "lr: 0.02", dict(lr=0.02)),
    ("Adadelta", "lr: 5", dict(lr=5)),
    ("Adamax", "lr: 0.02", dict(lr=0.02)),
    ("ASGD", "lr: 0.3, t0: 20", dict(lr=0.3, t0=20)),
    ("Rprop", "lr: 0.01", dict(lr=0.01)),
    ("Adafactor", "lr: 0.05", dict(lr=0.05)),
    ("LBFGS", "lr: 0.1, maxIter: 4", dict(lr=0.1, max_iter=4)),
    ("LBFGS", "maxIter: 3, lineSearchFn: .strongWolfe", dict(max_iter=3, line_search_fn="strong_wolfe")),
]


def wave(shape, k):
    """Numbers that any language makes alike: sin(k (i + 1)) / 2 for the i-th element."""
    n = math.prod(shape)
    return torch.tensor([math.sin(k * (i + 1)) / 2 for i in range(n)], dtype=torch.float64).float().reshape(shape)


def curves():
    """The losses of fifty steps of a perceptron 6-16-3 with tanh on 32 samples, by each optimizer.

    Those of L-BFGS are of float64: in float32 a last digit decides where it goes."""
    for name, swift, options in CURVES:
        dtype = torch.float64 if name == "LBFGS" else torch.float32
        x, target = (t.to(dtype) for t in (wave([32, 6], 1.7) * 2, wave([32, 3], 0.9)))
        parameters = [t.to(dtype) for t in (wave([16, 6], 2.3), wave([16], 0.7), wave([3, 16], 3.1), wave([3], 1.3))]
        for p in parameters:
            p.requires_grad_()
        optimizer = getattr(torch.optim, name)(parameters, **options)

        def closure():
            optimizer.zero_grad()
            w1, b1, w2, b2 = parameters
            F = torch.nn.functional
            loss = F.mse_loss(F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2), target)
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(50)]
        rows = [", ".join(f"{v:.6g}" for v in losses[i : i + 10]) for i in range(0, 50, 10)]
        kind = " dtype: .float64," if name == "LBFGS" else ""
        print(f"    Curve(\n      {{ {name}($0, {swift}) }},{kind}\n      [\n        " + ",\n        ".join(rows) + ",\n      ]),")


if __name__ == "__main__":
    {"steps": steps, "schedules": schedules, "curves": curves}[sys.argv[1]]()
