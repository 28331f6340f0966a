using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Creates an optimizer with a learning rate per group of weights.</summary>
public delegate OptimizerSubject CreateScaledOptimizer(
    ParameterTable weights, AdamWSettings settings, LearningRateMultipliers rates);

/// <summary>Trains the weights of a model except the frozen ones.</summary>
public delegate void TrainOneStep(ParameterTable weights, IReadOnlyList<string> frozen, Conditions at);

/// <summary>Learning rates of weight groups in fine-tuning: OPT-19 … OPT-21.</summary>
public static class LearningRateMultipliersSpec
{
    private static readonly LearningRateMultipliers Rates = new(Embedding: 2.5, Matrices: 0.5, Norms: 3, Head: 0.25);

    public static readonly Requirement<ScheduleCase, LearningRateFunction> OPT_19_Linear =
        LinearScheduleRequirements.Linear.For(
            (c, at) => ScheduleSpec.Create(c, at, ScheduleKind.Linear).GetLearningRate,
            at => ScheduleSpec.FromPlan(at, ScheduleKind.Linear));

    public static readonly Requirement<StepCase, CreateScaledOptimizer> OPT_20_Groups = new()
    {
        Id = "OPT-20",
        Statement = "Embedding, block matrices, norms and an untied head are each updated, and decayed, with the learning rate "
            + "of the step times the multiplier of their group, as by the float64 oracle.",
        Source = "Reference course on fine-tuning, \"Why different learning rates?\"; BUG-OPT-17; TOL-ADAMW",
        CanonicalCases =
        [
            .. new StepCase(3, 0.02, new(0.8, 0.93, 1e-5, 0.3)).OnBothPaths, new(2, 0.004, new(0.7, 0.97, 1e-4, 1.2)),
        ],
        PlanCases = StepCase.FromPlan,
        Subject = (c, _) => (weights, settings, rates) =>
        {
            var optimizer = new AdamW(weights, settings, c.Kernels, rates);
            return new(optimizer.Step, optimizer);
        },
        Holds = (make, c, at) =>
        {
            using var weights = StepCase.Weights(at);
            var expected = weights.Names.ToDictionary(name => name, name => weights[name].Doubles());
            var oracles = expected.ToDictionary(w => w.Key, w => new AdamWOracle(
                w.Value, weights[w.Key].ndim > 1 ? c.Settings.WeightDecay : 0, c.Settings.Beta1, c.Settings.Beta2,
                c.Settings.Epsilon));
            using var step = make(weights, c.Settings, Rates);
            for (var i = 1; i <= c.Steps; i++)
            {
                StepCase.DrawGradients(weights, at, i);
                foreach (var name in weights.Names)
                {
                    using var gradient = weights[name].grad;
                    oracles[name].Step(gradient!.Doubles(), c.Rate * MultiplierOf(name));
                }
                step.Step(c.Rate);
            }
            return Verdict.All(weights.Names.Select(name => Verdict.AtMost(
                c.Steps * Tolerance.AdamW(expected[name].Max(Math.Abs), c.Rate * MultiplierOf(name)),
                weights[name].Doubles().LargestDifference(expected[name]), $"{name}, off by")));
        },
        Impostors = new()
        {
            ["one rate for all"] = With(_ => new()),
            ["embedding and head are swapped"] = With(rates => rates with { Embedding = rates.Head, Head = rates.Embedding }),
            ["norms count as matrices"] = With(rates => rates with { Norms = rates.Matrices }),
            ["the untied head has the rate of the embedding"] = With(rates => rates with { Head = rates.Embedding }),
            ["the factor scales the gradient, which the optimizer undoes"] = (_, _) => (weights, settings, rates) =>
            {
                var optimizer = new AdamW(weights, settings);
                return new(rate =>
                {
                    using (no_grad())
                        foreach (var name in weights.Names) weights[name].grad!.mul_(rates.GetMultiplier(name));
                    optimizer.Step(rate);
                }, optimizer);
            },
            ["decay at the rate of the step"] = (_, _) => (weights, settings, rates) =>
            {
                var optimizer = new AdamW(weights, settings with { WeightDecay = 0 }, multipliers: rates);
                return new(rate =>
                {
                    using (no_grad())
                        foreach (var weight in weights.Tensors.Where(w => w.ndim > 1))
                            weight.mul_(1 - rate * settings.WeightDecay);
                    optimizer.Step(rate);
                }, optimizer);
            },
        },
    };

    public static readonly Requirement<ModelCase, TrainOneStep> OPT_21_Freezing = new()
    {
        Id = "OPT-21",
        Statement = "Frozen weights keep every bit, also under weight decay, and the other weights have the same gradient as "
            + "without freezing.",
        Source = "BUG-OPT-12, BUG-PLB-04: a weight without a gradient still decays; a frozen tied embedding moves as the head",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = (_, _) => (weights, frozen, at) =>
        {
            foreach (var name in frozen) weights[name].requires_grad_(false);
            TakeStep(weights, at);
        },
        Holds = (learn, c, at) =>
        {
            using var grad = enable_grad();
            using var free = ModelCase.Weights(c.Config, at);
            using var held = ModelCase.Weights(c.Config, at);
            var before = held.Doubles();
            var frozen = new FreezePlan("embed_tokens", "layers.0", "layers.1.attn").GetFrozenNames(c.Config);
            TakeStep(free, at);
            learn(held, frozen, at);
            return Verdict.All(held.Names.Select(name => frozen.Contains(name)
                ? Verdict.AtMost(0, held[name].Doubles().LargestDifference(before[name]), $"change of {name}")
                : Verdict.AtMost(
                    0, held[name].LargestDifference(free[name]), $"{name}, difference from training without freezing")));
        },
        Impostors = new()
        {
            ["nothing is frozen"] = (_, _) => (weights, _, at) => TakeStep(weights, at),
            ["gradients are zero, decay continues"] = (_, _) => (weights, frozen, at) => TakeStep(weights, at, beforeStep: () =>
            {
                foreach (var name in frozen) weights[name].grad = zeros_like(weights[name]);
            }),
            ["the norms are not frozen"] = (_, _) => (weights, frozen, at) =>
            {
                foreach (var name in frozen.Where(name => !name.Contains("norm", StringComparison.Ordinal)))
                    weights[name].requires_grad_(false);
                TakeStep(weights, at);
            },
            ["the rest of the frozen block is frozen too"] = (_, _) => (weights, frozen, at) =>
            {
                foreach (
                    var name in weights.Names.Where(name =>
                        frozen.Contains(name) || name.StartsWith("layers.1", StringComparison.Ordinal)))
                    weights[name].requires_grad_(false);
                TakeStep(weights, at);
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_19_Linear, OPT_20_Groups, OPT_21_Freezing];

    // Listed here, not taken from the rule of the plan.
    private static double MultiplierOf(string name) => name switch
    {
        "embed_tokens.weight" => 2.5,
        "lm_head.weight" => 0.25,
        "norm.weight" => 3,
        _ => name.Contains("_norm.", StringComparison.Ordinal) ? 3 : 0.5,
    };

    private static Func<StepCase, Conditions, CreateScaledOptimizer> With(
        Func<LearningRateMultipliers, LearningRateMultipliers> spoil) =>
        (_, _) =>
            (weights, settings, rates) =>
    {
        var optimizer = new AdamW(weights, settings, multipliers: spoil(rates));
        return new(optimizer.Step, optimizer);
    };

    private static void TakeStep(ParameterTable weights, Conditions at, Action? beforeStep = null)
    {
        var c = weights.Config;
        using var model = new LanguageModel(weights, at.ComputeType);
        using var optimizer = new AdamW(weights, new(0.9, 0.95, 1e-8, 0.1));
        using var batch = TokenBatch.Create(
            at.Ids(1, c.VocabSize, 2, 9).Longs(), at.Ids(2, c.VocabSize, 2, 9).Longs(), rows: 2, at.Device);
        GradientAccumulation.Compute(model, [batch], batch.LossTerms, training: false);
        beforeStep?.Invoke();
        optimizer.Step(1e-2);
        weights.ClearGradients();
    }
}
