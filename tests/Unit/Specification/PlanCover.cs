using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// Small valid plans with unusual values: a covering array of their features, in which any two levels of any two features meet,
/// unless a plan refuses them together.
/// </summary>
internal static class PlanCover
{
    private static readonly string[] Objectives =
    [
        "text", "text warm", "text kept", "text grown", "sft", "sft warm", "sft long", "sft tiny", "sft mixture", "dpo", "orpo",
        "lora text", "lora sft", "lora dpo", "kto", "lora kto", "reward",
    ];

    private static readonly (int Heads, int KeyValueHeads, int HeadSize)[] Heads =
        [(6, 2, 8), (1, 1, 8), (4, 4, 12), (3, 1, 40)];

    private static readonly (int Layers, int Inner)[] Depths = [(3, 104), (1, 1), (2, 37)];

    private static readonly (int Context, int Length)[] Lengths = [(40, 37), (8, 8), (90, 80), (16, 1)];

    private static readonly (int MicroBatch, int Accumulation)[] Batches = [(3, 2), (1, 1), (1, 64), (7, 3)];

    private static readonly (long Steps, long WarmUp)[] Schedules = [(20, 4), (1, 0), (30, 29), (60_000, 0)];

    private static readonly (double Peak, double Minimum)[] Rates = [(3e-3, 3e-4), (0.1, 0.1), (1e-6, 0), (5e-4, 0)];

    private static readonly (double Beta1, double Beta2)[] Betas = [(0.9, 0.95), (0, 0), (0.9, 0.999999), (0.95, 0.9)];

    private static readonly (double WeightDecay, double GradientClip)[] Limits = [(0.1, 1), (0, 0), (0.5, 1e-6), (10, 1e9)];

    private static readonly (double Epsilon, double NormEps)[] Epsilons = [(1e-8, 1e-5), (1e-15, 1e-12), (1, 0.5)];

    private static readonly LearningRateMultipliers[] Multipliers = [new(), new(0, 3, 0, 1), new(2, 0, 30, 0.1)];

    private static readonly long[] Seeds = [1234, 0, 1L << 40, long.MaxValue];

    private static readonly LoraTarget[][] Targets =
        [[LoraTarget.Q, LoraTarget.V], [LoraTarget.Down], [.. LoraConfig.AllTargets], [LoraTarget.K]];

    private static readonly (string Name, int Levels)[] Features =
    [
        ("objective", Objectives.Length), ("heads", Heads.Length), ("depth", Depths.Length), ("length", Lengths.Length),
        ("batch", Batches.Length), ("schedule", Schedules.Length), ("kind of schedule", 4), ("optimizer", 3), ("average", 3),
        ("recomputed", 2),
        ("rate", Rates.Length),
        ("betas", Betas.Length), ("limits", Limits.Length), ("epsilons", Epsilons.Length),
        ("multipliers", Multipliers.Length), ("frozen", 3), ("untied", 2), ("bfloat16", 2), ("dropout", 2),
        ("vocabulary", 2), ("seed", Seeds.Length), ("adapter", Targets.Length),
    ];

    // What the plan refuses, or what has no effect.
    private static readonly Func<IReadOnlyList<int>, bool>[] Rules =
    [
        row => IsLike(row, "lora") && Level(row, "frozen") > 0,
        row => IsLike(row, "lora") && Level(row, "optimizer") > 0,
        row => (IsLike(row, "dpo") || IsLike(row, "kto")) && Level(row, "dropout") > 0,
        row => IsLike(row, "kto") && Level(row, "batch") == 1,              // a reference point of one answer
        row => row[0] >= 0 && !IsLike(row, "lora") && Level(row, "adapter") > 0,
        row => Level(row, "schedule") == 2 && Level(row, "kind of schedule") == 2,      // no room for the decay
        row => Level(row, "depth") == 1 && Level(row, "adapter") is (1 or 2),       // down_proj has one column
    ];

    /// <summary>The rows of the array.</summary>
    public static PairwiseCover Rows { get; } =
        new([.. Features.Select(feature => feature.Levels)], row => !Rules.Any(excludes => excludes(row)));

    /// <summary>The objective of a row and its features that are not at their first level.</summary>
    public static string Describe(IReadOnlyList<int> row) => string.Join(
        ", ",
        Features.Zip(row, (feature, level) => level > 0 ? $"{feature.Name} {level}" : null).Skip(1).OfType<string>()
            .Prepend(Objectives[row[0]]));

    /// <summary>Creates the plan of a row and its files.</summary>
    public static TrainingPlan Create(IReadOnlyList<int> row, string folder)
    {
        var (objective, data) = (Objectives[row[0]], PlanCoverFiles.Vocabulary(Level(row, "vocabulary")));
        var (isGrown, isReward) = (objective == "text grown", objective == "reward");
        var isDpo = IsLike(row, "dpo") || IsLike(row, "kto");
        var (context, length) = Lengths[Level(row, "length")];
        if (!IsLike(row, "text") && context < 40) (context, length) = objective == "sft long" ? (24, 24) : (64, 60);
        var (batch, schedule) = (Batches[Level(row, "batch")], Schedules[Level(row, "schedule")]);
        var model = CreateModel(row, data.Size + (isGrown ? 7 : 0), context);
        var plan = ReferenceRun.Plan with
        {
            RunFolder = Path.Combine(folder, "run"),
            Model = model,
            Data = data.Data,
            Training = new BatchingPlan(schedule.Steps, batch.MicroBatch, length, batch.Accumulation)
            {
                ActivationCheckpointing = (ActivationCheckpointing)Level(row, "recomputed"),
                Ema = Level(row, "average") switch { 0 => null, 1 => new EmaPlan(0, 7), _ => new EmaPlan() },
            },
            Optimizer = CreateOptimizer(row, model),
            WarmStart = isDpo || isReward || objective.Split(' ').Intersect(["warm", "kept", "grown", "lora"]).Any()
                ? new WarmStartPlan("none", KeepOptimizer: objective == "text kept") { GrowVocabulary = isGrown } : null,
            ComputeType = Level(row, "bfloat16") == 0 ? ComputeType.Float32 : ComputeType.BFloat16,
            Seed = Seeds[Level(row, "seed")],
            Sft = IsLike(row, "sft") ? PlanCoverFiles.Conversations(objective, folder) : null,
            Samples = isReward ? new SamplePlan { Every = 0 } : ReferenceRun.Plan.Samples,
            Preference = isDpo || isReward || objective == "orpo" ? PlanCoverFiles.Pairs(objective, folder) : null,
            Lora = IsLike(row, "lora") ? CreateAdapter(Level(row, "adapter"), model, isDpo ? 0 : 0.3) : null,
        };
        plan.ThrowIfInvalid();
        return plan;
    }

    private static ModelConfig CreateModel(IReadOnlyList<int> row, int vocabulary, int context)
    {
        var ((heads, shared, size), (layers, inner)) = (Heads[Level(row, "heads")], Depths[Level(row, "depth")]);
        return new(
            vocabulary, heads * size, layers, heads, shared, inner, context, dropout: Level(row, "dropout") * 0.5,
            tieEmbeddings: Level(row, "untied") == 0, Epsilons[Level(row, "epsilons")].NormEps);
    }

    private static OptimizerPlan CreateOptimizer(IReadOnlyList<int> row, ModelConfig model)
    {
        var (rate, betas, limits) = (Rates[Level(row, "rate")], Betas[Level(row, "betas")], Limits[Level(row, "limits")]);
        return new(rate.Peak, rate.Minimum, Schedules[Level(row, "schedule")].WarmUp)
        {
            Schedule = (ScheduleKind)Math.Min(2, Level(row, "kind of schedule")),
            DecayRatio = Level(row, "kind of schedule") switch { 2 => 0.5, 3 => 1e-3, _ => 0.1 },
            DecayShape = Level(row, "kind of schedule") == 3 ? DecayShape.Sqrt : DecayShape.Linear,
            Kind = Level(row, "optimizer") == 0 ? OptimizerKind.AdamW : OptimizerKind.Muon,
            Muon = Level(row, "optimizer") == 2 ? new() { LearningRate = 0.02, Momentum = 0, WeightDecay = 0 } : new(),
            Beta1 = betas.Beta1,
            Beta2 = betas.Beta2,
            WeightDecay = limits.WeightDecay,
            GradientClip = limits.GradientClip,
            Epsilon = Epsilons[Level(row, "epsilons")].Epsilon,
            LearningRateMultipliers = Multipliers[Level(row, "multipliers")],
            Freeze = Level(row, "frozen") switch
            {
                0 => new(),
                1 => new("embed_tokens", "layers.0.attn"),
                _ => new([.. ParameterTable.GetShapes(model).Select(weight => weight.Name)
                    .Where(name => name != FormattableString.Invariant($"layers.{model.NLayers / 2}.ffn.down_proj.weight"))]),
            },
        };
    }

    private static LoraConfig CreateAdapter(int level, ModelConfig model, double dropout)
    {
        var largest = (int)new LoraConfig(1, 1, targets: Targets[level]).GetShapes(model).Min(one => one.Shape.Max()) - 1;
        return level switch
        {
            0 => new(Math.Min(4, largest), 8, dropout, Targets[level]),
            1 => new(1, 1000, dropout, Targets[level]),
            2 => new(largest, 1e-3, dropout, Targets[level]),
            _ => new(largest, 1, dropout, Targets[level]),
        };
    }

    private static int Level(IReadOnlyList<int> row, string feature) =>
        row[Array.FindIndex(Features, one => one.Name == feature)];

    private static bool IsLike(IReadOnlyList<int> row, string part) =>
        row[0] >= 0 && Objectives[row[0]].Contains(part, StringComparison.Ordinal);
}
