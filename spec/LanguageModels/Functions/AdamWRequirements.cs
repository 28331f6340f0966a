using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of AdamW with decoupled decay of matrices: OPT-01, OPT-09, OPT-10, OPT-13, NUM-04.</summary>
public static partial class AdamWRequirements
{
    private static OptimizerCase Usual { get; } = new(5, 0.02, new(0.8, 0.93, 1e-5, 0.3));

    /// <summary>OPT-01.</summary>
    public static Requirement<OptimizerCase, CreateOptimizer> DecayGroups { get; } = new()
    {
        Id = "OPT-01",
        Statement = "With zero gradients and rate·decay = 0.1, every matrix shrinks to exactly 0.9 of its values, and norm "
            + "weights do not change a bit.",
        Source = "Reference report, section 10; BUG-OPT-01, BUG-OPT-02, BUG-OPT-12, BUG-OPT-13",
        CanonicalCases =
            [new OptimizerCase(1, 0.25, new(0.8, 0.93, 1e-5, 0.4)), new(1, 2, new(0.9, 0.99, 1e-8, 0.05))],
        Subject = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s),
        Holds = (optimizer, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            var before = OptimizerWeights.Copy(weights);
            foreach (var weight in weights.Values) weight.grad = zeros_like(weight);
            using var step = optimizer(weights, c.Constants);
            step.Step(c.Rate);
            return Verdict.All(weights.Keys.Select(name =>
            {
                var factor = OptimizerWeights.IsDecayed(name) ? 0.9 : 1;
                double[] expected = [.. before[name].Select(w => w * factor)];
                return Verdict.AtMost(
                    factor == 1 ? 0 : 2 * Tolerance.Float32UnitRoundoff, weights[name].ElementwiseRelativeTo(expected),
                    $"{name}, relative difference from {factor} of it");
            }));
        },
        Impostors = new()
        {
            ["norms decay too"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, decays: _ => true),
            ["nothing decays"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, decays: _ => false),
            ["the embedding is missing"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, decays: name =>
                    OptimizerWeights.IsDecayed(name) && !name.StartsWith("embed", StringComparison.Ordinal)),
            ["norms are recognized by a class name"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, decays: name => !name.Contains("LayerNorm", StringComparison.Ordinal)),
            ["decay added to the gradient"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, inGradient: true),
            ["decay not multiplied by the learning rate"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, decayRate: (_, decay) => decay),
        },
    };

    /// <summary>OPT-09.</summary>
    public static Requirement<OptimizerCase, CreateOptimizer> MovesTheTable { get; } = new()
    {
        Id = "OPT-09",
        Statement = "A step changes every weight of the parameter table of the optimizer, and moves no weight to another tensor.",
        Source = "BUG-OPT-09, BUG-OPT-14: pytorch/xla #1623; probe P-INVENTORY",
        CanonicalCases = [Usual, new(1, 1e-3, new(0.85, 0.9, 1e-6, 0.05))],
        Subject = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s),
        Holds = (optimizer, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            var before = OptimizerWeights.Copy(weights);
            using var step = optimizer(weights, c.Constants);
            OptimizerWeights.DrawGradients(weights, at, 1);
            step.Step(c.Rate);
            return Verdict.All(weights.Keys.Select(name => Verdict.AtLeast(
                c.GetLeastChange(), weights[name].Doubles().LargestDifference(before[name]), $"largest change of {name}")));
        },
        Impostors = new()
        {
            ["created before the weights were moved"] = (_, _) => (weights, s) =>
            {
                var stale = weights.ToDictionary(w => w.Key, w => new Parameter(w.Value.detach().clone()));
                var optimizer = ReferenceAdamW.Create(stale, s);
                return new(rate =>
                {
                    foreach (var name in weights.Keys) stale[name].grad = weights[name].grad;
                    optimizer.Step(rate);
                });
            },
            ["a weight is in no group"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, moves: name => name != "layers.1.ffn_norm.weight"),
            ["matrices only"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, moves: OptimizerWeights.IsDecayed),
        },
    };

    /// <summary>OPT-10.</summary>
    public static Requirement<OptimizerCase, CreateOptimizer> NoGradientNoMove { get; } = new()
    {
        Id = "OPT-10",
        Statement = "A weight without a gradient does not change a bit: it neither decays nor moves by its first moment.",
        Source = "BUG-OPT-10: S-Prompts PR #2, KellerJordan/Muon #54",
        CanonicalCases = [Usual, new(3, 0.05, new(0.9, 0.99, 1e-6, 0.1))],
        Subject = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s),
        Holds = (optimizer, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            using var step = optimizer(weights, c.Constants);
            OptimizerWeights.DrawGradients(weights, at, 1);
            step.Step(c.Rate);
            var before = OptimizerWeights.Copy(weights);
            OptimizerWeights.DrawGradients(weights, at, 2);
            string[] frozen = ["embed_tokens.weight", "layers.0.attn_norm.weight", "layers.1.ffn.up_proj.weight"];
            foreach (var name in frozen) weights[name].grad = null;
            step.Step(c.Rate);
            return Verdict.All(weights.Keys.Select(name =>
            {
                var change = weights[name].Doubles().LargestDifference(before[name]);
                return frozen.Contains(name)
                    ? Verdict.AtMost(0, change, $"change of {name}, which has no gradient")
                    : Verdict.AtLeast(c.GetLeastChange(), change, $"change of {name}");
            }));
        },
        Impostors = new()
        {
            ["a missing gradient counts as zero"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, missingIsZero: true),
            ["decays without a gradient"] = (_, _) => (weights, s) =>
            {
                var step = ReferenceAdamW.Create(weights, s);
                return new(rate =>
                {
                    using var grad = no_grad();
                    foreach (var name in weights.Keys.Where(n => weights[n].grad is null))
                        weights[name].mul_(1 - rate * s.WeightDecay);
                    step.Step(rate);
                });
            },
        },
    };

    /// <summary>All of them; their subject is an optimizer of plain operators.</summary>
    public static IReadOnlyList<Requirement<OptimizerCase, CreateOptimizer>> All =>
        [DecayGroups, MovesTheTable, NoGradientNoMove, Oracle, SmallSteps];
}
