using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Creates an optimizer of weights.</summary>
public delegate OptimizerSubject CreateOptimizer(ParameterTable weights, AdamWSettings settings);

/// <summary>The optimizer: OPT-01, OPT-09 … OPT-14, NUM-04.</summary>
public static class AdamWSpec
{
    private static readonly StepCase Usual = new(5, 0.02, new(0.8, 0.93, 1e-5, 0.3));

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_01_DecayGroups = new()
    {
        Id = "OPT-01",
        Statement = "With zero gradients and rate·decay = 0.1, every matrix shrinks to exactly 0.9 of its values, and norm "
            + "weights do not change a bit.",
        Source = "Reference report, section 10; BUG-OPT-01, BUG-OPT-02, BUG-OPT-12, BUG-OPT-13",
        CanonicalCases =
            [.. new StepCase(1, 0.25, new(0.8, 0.93, 1e-5, 0.4)).OnBothPaths, new(1, 2, new(0.9, 0.99, 1e-8, 0.05))],
        Subject = Real,
        Holds = (optimizer, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            var before = weights.Doubles();
            foreach (var weight in weights.Tensors) weight.grad = zeros_like(weight);
            using var step = optimizer(weights, c.Settings);
            step.Step(c.Rate);
            return Verdict.All(weights.Names.Select(name =>
            {
                var factor = IsDecayed(name) ? 0.9 : 1;
                double[] expected = [.. before[name].Select(w => w * factor)];
                return Verdict.AtMost(
                    factor == 1 ? 0 : 2 * Tolerance.Float32UnitRoundoff, weights[name].ElementwiseRelativeTo(expected),
                    $"{name}, relative difference from {factor} of it");
            }));
        },
        Impostors = new()
        {
            ["norms decay too"] = (_, _) => (weights, s) => CreateAdamW(weights, s, decays: _ => true),
            ["nothing decays"] = (_, _) => (weights, s) => CreateAdamW(weights, s, decays: _ => false),
            ["the embedding is missing"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, decays: name => IsDecayed(name) && !name.StartsWith("embed", StringComparison.Ordinal)),
            ["norms are recognized by a class name"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, decays: name => !name.Contains("LayerNorm", StringComparison.Ordinal)),
            ["decay added to the gradient"] = (_, _) => (weights, s) => CreateAdamW(weights, s, inGradient: true),
            ["decay not multiplied by the learning rate"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, decayRate: (_, decay) => decay),
        },
    };

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_09_MovesTheTable = new()
    {
        Id = "OPT-09",
        Statement = "A step changes every weight of the parameter table of the optimizer, and moves no weight to another tensor.",
        Source = "BUG-OPT-09, BUG-OPT-14: pytorch/xla #1623; probe P-INVENTORY",
        CanonicalCases = [.. Usual.OnBothPaths, new(1, 1e-3, new(0.85, 0.9, 1e-6, 0.05))],
        PlanCases = StepCase.MovingFromPlan,
        Subject = Real,
        Holds = (optimizer, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            var before = weights.Doubles();
            using var step = optimizer(weights, c.Settings);
            StepCase.DrawGradients(weights, at, 1);
            step.Step(c.Rate);
            return Verdict.All(weights.Names.Select(name => Verdict.AtLeast(
                c.LeastChange, weights[name].Doubles().LargestDifference(before[name]), $"largest change of {name}")));
        },
        Impostors = new()
        {
            ["created before the weights were moved"] = (_, at) => (weights, s) =>
            {
                var stale = weights.CopyTo(at.Device);
                return new(rate =>
                {
                    foreach (var name in weights.Names) stale[name].grad = weights[name].grad;
                    CreateAdamW(stale, s).Step(rate);
                }, stale);
            },
            ["a weight is in no group"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, moves: name => name != "layers.1.ffn_norm.weight"),
            ["matrices only"] = (_, _) => (weights, s) => CreateAdamW(weights, s, moves: IsDecayed),
        },
    };

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_10_NoGradientNoMove = new()
    {
        Id = "OPT-10",
        Statement = "A weight without a gradient does not change a bit: it neither decays nor moves by its first moment.",
        Source = "BUG-OPT-10: S-Prompts PR #2, KellerJordan/Muon #54",
        CanonicalCases = [.. Usual.OnBothPaths, new(3, 0.05, new(0.9, 0.99, 1e-6, 0.1))],
        PlanCases = StepCase.MovingFromPlan,
        Subject = Real,
        Holds = (optimizer, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            using var step = optimizer(weights, c.Settings);
            StepCase.DrawGradients(weights, at, 1);
            step.Step(c.Rate);
            var before = weights.Doubles();
            StepCase.DrawGradients(weights, at, 2);
            string[] frozen = ["embed_tokens.weight", "layers.0.attn_norm.weight", "layers.1.ffn.up_proj.weight"];
            foreach (var name in frozen) weights[name].grad = null;
            step.Step(c.Rate);
            return Verdict.All(weights.Names.Select(name =>
            {
                var change = weights[name].Doubles().LargestDifference(before[name]);
                return frozen.Contains(name)
                    ? Verdict.AtMost(0, change, $"change of {name}, which has no gradient")
                    : Verdict.AtLeast(c.LeastChange, change, $"change of {name}");
            }));
        },
        Impostors = new()
        {
            ["a missing gradient counts as zero"] = (_, _) => (weights, s) => CreateAdamW(weights, s, missingIsZero: true),
            ["decays without a gradient"] = (_, _) => (weights, s) =>
            {
                var step = CreateAdamW(weights, s);
                return new(rate =>
                {
                    using var grad = no_grad();
                    foreach (var name in weights.Names.Where(n => weights[n].grad is null))
                        weights[name].mul_(1 - rate * s.WeightDecay);
                    step.Step(rate);
                });
            },
        },
    };

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_13_Oracle = new()
    {
        Id = "OPT-13",
        Statement = "Over several steps every weight equals the float64 oracle's.",
        Source = "Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; BUG-OPT-11 … BUG-OPT-13; TOL-ADAMW, once per step",
        CanonicalCases = [.. Usual.OnBothPaths, .. new StepCase(3, 1e-3, new(0.85, 0.9, 1e-3, 0.05)).OnBothPaths],
        PlanCases = StepCase.FromPlan,
        Subject = Real,
        Holds = (optimizer, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            var before = weights.Doubles();
            var s = c.Settings;
            var oracles = before.ToDictionary(w => w.Key, w => (Weight: (double[])w.Value.Clone(), Rule: default(AdamWOracle)!));
            foreach (var name in weights.Names)
                oracles[name] = (
                    oracles[name].Weight,
                    new(oracles[name].Weight, IsDecayed(name) ? s.WeightDecay : 0, s.Beta1, s.Beta2, s.Epsilon));
            using var step = optimizer(weights, s);
            for (var n = 1; n <= c.Steps; n++)
            {
                StepCase.DrawGradients(weights, at, n);
                foreach (var name in weights.Names) oracles[name].Rule.Step(weights[name].grad!.Doubles(), c.Rate * n);
                step.Step(c.Rate * n);
            }
            return Verdict.All(weights.Names.Select(name =>
            {
                var worst = weights[name]
                    .Doubles()
                    .Zip(oracles[name].Weight, (a, b) => Math.Abs(a - b) / (c.Steps * Tolerance.AdamW(b, c.Rate * c.Steps)))
                    .Aggregate(0.0, Math.Max);
                return Verdict.AtMost(1, worst, $"{name}, |Δ| ÷ TOL-ADAMW");
            }));
        },
        Impostors = new()
        {
            ["decay added to the gradient"] = (_, _) => (weights, s) => CreateAdamW(weights, s, inGradient: true),
            ["decay not multiplied by the learning rate"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, decayRate: (_, decay) => decay),
            ["norms decay too"] = (_, _) => (weights, s) => CreateAdamW(weights, s, decays: _ => true),
            ["no bias correction"] = (_, _) => (weights, s) => CreateAdamW(weights, s, correction: (_, _) => 1),
            ["bias correction one step late"] = (_, _) => (weights, s) =>
                CreateAdamW(weights, s, correction: (beta, n) => 1 - Math.Pow(beta, n + 1)),
            ["betas swapped"] = (_, _) => (weights, s) => CreateAdamW(weights, s with { Beta1 = s.Beta2, Beta2 = s.Beta1 }),
            ["ε inside the root"] = (_, _) => (weights, s) => CreateAdamW(weights, s, epsilonInside: true),
            ["the defaults of a library"] = (_, _) => (weights, _) => CreateAdamW(weights, new(0.9, 0.999, 1e-8, 0.01)),
            ["stepped twice"] = (_, _) => (weights, s) =>
                { var step = CreateAdamW(weights, s); return new(rate => { step.Step(rate); step.Step(rate); }); },
        },
    };

    public static readonly Requirement<StepCase, CreateOptimizer> NUM_04_SmallSteps = new()
    {
        Id = "NUM-04",
        Statement = "Updates far below the bfloat16 spacing of a weight add up: master weights are float32.",
        Source = "BUG-NUM-02: 1.0 ± 0.001, a thousand times, stays 1.0 in bfloat16; reference report, section 12",
        CanonicalCases =
            [.. new StepCase(100, 1e-3, new(0.8, 0.93, 1e-5, 0)).OnBothPaths, new(60, 7e-4, new(0.9, 0.97, 1e-6, 0))],
        Subject = Real,
        Holds = (optimizer, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            using (no_grad()) foreach (var weight in weights.Tensors) weight.fill_(1);
            using var step = optimizer(weights, c.Settings);
            for (var n = 0; n < c.Steps; n++)
            {
                foreach (var weight in weights.Tensors) weight.grad = ones_like(weight);
                step.Step(c.Rate);
            }
            var moved = weights.Names.SelectMany(name => weights[name].Doubles()).ToList();
            return Verdict.All(
                Verdict.Between(0.999, 1.001, (1 - moved.Max()) / (c.Steps * c.Rate), "smallest change of a weight ÷ steps·rate"),
                Verdict.Between(0.999, 1.001, (1 - moved.Min()) / (c.Steps * c.Rate), "largest change of a weight ÷ steps·rate"));
        },
        Impostors = new()
        {
            ["weights are kept in bfloat16"] = (_, _) => (weights, s) =>
            {
                var step = CreateAdamW(weights, s);
                return new(rate =>
                {
                    step.Step(rate);
                    using var grad = no_grad();
                    foreach (var weight in weights.Tensors) weight.copy_(weight.to(bfloat16).to(float32));
                });
            },
            ["norms do not change"] = (_, _) => (weights, s) => CreateAdamW(weights, s, moves: IsDecayed),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [OPT_01_DecayGroups, OPT_09_MovesTheTable, OPT_10_NoGradientNoMove, OPT_13_Oracle, NUM_04_SmallSteps];

    // The parameter groups, listed by name: everything decays except norms.
    private static bool IsDecayed(string name) => !name.EndsWith("norm.weight", StringComparison.Ordinal);

    private static CreateOptimizer Real(StepCase c, Conditions at) => (weights, settings) =>
    {
        var optimizer = new AdamW(weights, settings, c.Kernels);
        return new(optimizer.Step, optimizer);
    };

    // AdamW with plain operators, and an option for every error.
    private static OptimizerSubject CreateAdamW(
        ParameterTable weights,
        AdamWSettings s,
        Func<string, bool>? decays = null,
        Func<string, bool>? moves = null,
        bool inGradient = false,
        bool missingIsZero = false,
        bool epsilonInside = false,
        Func<double, double, double>? decayRate = null,
        Func<double, int, double>? correction = null)
    {
        var means = weights.Names.ToDictionary(name => name, name => zeros_like(weights[name]));
        var squares = weights.Names.ToDictionary(name => name, name => zeros_like(weights[name]));
        var steps = 0;
        correction ??= (beta, n) => 1 - Math.Pow(beta, n);
        return new(rate =>
        {
            using var grad = no_grad();
            steps++;
            foreach (var name in weights.Names.Where(name => moves?.Invoke(name) ?? true))
            {
                using var scope = NewDisposeScope();
                var weight = weights[name];
                if ((weight.grad ?? (missingIsZero ? zeros_like(weight) : null)) is not { } gradient) continue;
                if (decays?.Invoke(name) ?? IsDecayed(name))
                {
                    if (inGradient) gradient = gradient + weight * s.WeightDecay;
                    else weight.mul_(1 - (decayRate?.Invoke(rate, s.WeightDecay) ?? rate * s.WeightDecay));
                }
                means[name].mul_(s.Beta1).add_(gradient * (1 - s.Beta1));
                squares[name].mul_(s.Beta2).add_(gradient.square() * (1 - s.Beta2));
                var square = squares[name] / correction(s.Beta2, steps);
                weight.sub_(
                    means[name]
                        / correction(s.Beta1, steps)
                        / (epsilonInside ? (square + s.Epsilon).sqrt() : square.sqrt() + s.Epsilon)
                        * rate);
            }
        });
    }
}
