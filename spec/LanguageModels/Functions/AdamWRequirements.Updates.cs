using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public static partial class AdamWRequirements
{
    /// <summary>OPT-13.</summary>
    public static Requirement<OptimizerCase, CreateOptimizer> Oracle { get; } = new()
    {
        Id = "OPT-13",
        Statement = "Over several steps every weight equals the float64 oracle's.",
        Source = "Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2; BUG-OPT-11 … BUG-OPT-13; TOL-ADAMW, once per step",
        CanonicalCases = [Usual, new OptimizerCase(3, 1e-3, new(0.85, 0.9, 1e-3, 0.05))],
        Subject = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s),
        Holds = (optimizer, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            var s = c.Constants;
            var expected = OptimizerWeights.Copy(weights);
            var oracles = expected.ToDictionary(w => w.Key, w => new AdamWOracle(
                w.Value, OptimizerWeights.IsDecayed(w.Key) ? s.WeightDecay : 0, s.Beta1, s.Beta2, s.Epsilon));
            using var step = optimizer(weights, s);
            for (var n = 1; n <= c.Steps; n++)
            {
                OptimizerWeights.DrawGradients(weights, at, n);
                foreach (var name in weights.Keys) oracles[name].Step(weights[name].grad!.Doubles(), c.Rate * n);
                step.Step(c.Rate * n);
            }
            return Verdict.All(weights.Keys.Select(name =>
            {
                var worst = weights[name]
                    .Doubles()
                    .Zip(expected[name], (a, b) => Math.Abs(a - b) / (c.Steps * Tolerance.AdamW(b, c.Rate * c.Steps)))
                    .Aggregate(0.0, Math.Max);
                return Verdict.AtMost(1, worst, $"{name}, |Δ| ÷ TOL-ADAMW");
            }));
        },
        Impostors = new()
        {
            ["decay added to the gradient"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, inGradient: true),
            ["decay not multiplied by the learning rate"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, decayRate: (_, decay) => decay),
            ["norms decay too"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, decays: _ => true),
            ["no bias correction"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, correction: (_, _) => 1),
            ["bias correction one step late"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, correction: (beta, n) => 1 - Math.Pow(beta, n + 1)),
            ["betas swapped"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s with { Beta1 = s.Beta2, Beta2 = s.Beta1 }),
            ["ε inside the root"] = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s, epsilonInside: true),
            ["the defaults of a library"] = (_, _) => (weights, _) => ReferenceAdamW.Create(weights, new(0.9, 0.999, 1e-8, 0.01)),
            ["stepped twice"] = (_, _) => (weights, s) =>
                { var step = ReferenceAdamW.Create(weights, s); return new(rate => { step.Step(rate); step.Step(rate); }); },
        },
    };

    /// <summary>NUM-04.</summary>
    public static Requirement<OptimizerCase, CreateOptimizer> SmallSteps { get; } = new()
    {
        Id = "NUM-04",
        Statement = "Updates far below the bfloat16 spacing of a weight add up: master weights are float32.",
        Source = "BUG-NUM-02: 1.0 ± 0.001, a thousand times, stays 1.0 in bfloat16; reference report, section 12",
        CanonicalCases =
            [new OptimizerCase(100, 1e-3, new(0.8, 0.93, 1e-5, 0)), new(60, 7e-4, new(0.9, 0.97, 1e-6, 0))],
        Subject = (_, _) => (weights, s) => ReferenceAdamW.Create(weights, s),
        Holds = (optimizer, c, at) =>
        {
            var weights = OptimizerWeights.Create(at);
            using (no_grad()) foreach (var weight in weights.Values) weight.fill_(1);
            using var step = optimizer(weights, c.Constants);
            for (var n = 0; n < c.Steps; n++)
            {
                foreach (var weight in weights.Values) weight.grad = ones_like(weight);
                step.Step(c.Rate);
            }
            var moved = weights.Keys.SelectMany(name => weights[name].Doubles()).ToList();
            return Verdict.All(
                Verdict.Between(0.999, 1.001, (1 - moved.Max()) / (c.Steps * c.Rate), "smallest change of a weight ÷ steps·rate"),
                Verdict.Between(0.999, 1.001, (1 - moved.Min()) / (c.Steps * c.Rate), "largest change of a weight ÷ steps·rate"));
        },
        Impostors = new()
        {
            ["weights are kept in bfloat16"] = (_, _) => (weights, s) =>
            {
                var step = ReferenceAdamW.Create(weights, s);
                return new(rate =>
                {
                    step.Step(rate);
                    using var grad = no_grad();
                    foreach (var weight in weights.Values) weight.copy_(weight.to(bfloat16).to(float32));
                });
            },
            ["norms do not change"] = (_, _) => (weights, s) =>
                ReferenceAdamW.Create(weights, s, moves: OptimizerWeights.IsDecayed),
        },
    };
}
