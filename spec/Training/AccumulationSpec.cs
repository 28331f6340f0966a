using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step, in the weights, and returns its loss.</summary>
public delegate double AccumulateGradients(LanguageModel model, IReadOnlyList<TokenBatch> microBatches, long lossTerms);

/// <summary>A step in several micro-batches with unequal numbers of targets.</summary>
/// <param name="Model">The model; its batch is the rows of the whole step.</param>
/// <param name="RowsPerMicroBatch">Rows of each micro-batch.</param>
public sealed record AccumulationCase(ModelCase Model, params IReadOnlyList<int> RowsPerMicroBatch)
{
    /// <summary>
    /// The micro-batches of the run, as far as 64 rows of a small model with the run's heads; two at least, because the only
    /// target of a single row has a gradient of one position, which is outside the premises of TOL-MODEL.
    /// </summary>
    internal static IReadOnlyList<AccumulationCase> FromPlan(Conditions at)
    {
        var training = at.Plan.Training;
        var (batches, heads, shared) = (Math.Clamp(training.AccumulationSteps, 2, 64), at.Model.NHeads, at.Model.NKvHeads);
        var rows = Math.Clamp(64 / batches, 1, training.MicroBatchSize);
        var model = new ModelCase(
            Width: heads * Math.Max(4, (47 + heads) / heads), 2, heads, shared, Inner: 56, Batch: rows * batches, Time: 9,
            at.Model.TieEmbeddings);
        return [new(model, [.. Enumerable.Repeat(rows, batches)])];
    }

    /// <inheritdoc/>
    public override string ToString() =>
        RowsPerMicroBatch.Count > 9
            ? $"{RowsPerMicroBatch.Count} times the same row"
            : $"{Model.Batch} rows as {string.Join(" + ", RowsPerMicroBatch)}";

    internal Tensor Targets(Conditions at)
    {
        // The counted targets of row r are at the end of it: one in row 0, and two more in each row, up to all of them.
        var targets = Model.Ids(at, salt: 3);
        for (var row = 0; row < Model.Batch; row++)
            targets.narrow(0, row, 1).narrow(1, 0, Math.Max(0, Model.Time - 2 * row - 1)).fill_(CrossEntropy.IgnoreIndex);
        return targets;
    }

    internal IReadOnlyList<TokenBatch> MicroBatches(Conditions at)
    {
        var (ids, targets) = (Model.Ids(at).Longs().Chunk(Model.Time).ToList(), Targets(at).Longs().Chunk(Model.Time).ToList());
        var first = 0;
        return [.. RowsPerMicroBatch.Select(rows =>
        {
            var range = first..(first += rows);
            return TokenBatch.Create([.. ids[range].SelectMany(i => i)], [.. targets[range].SelectMany(i => i)], rows, at.Device);
        })];
    }
}

/// <summary>The gradient of a step over micro-batches: P60, ACC-06, ACC-10, EVL-09.</summary>
public static class AccumulationSpec
{
    private static readonly ModelCase Model = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 56, Batch: 6, Time: 11);

    private static readonly ModelCase OtherModel = new(
        Width: 48, 3, Heads: 6, KeyValueHeads: 3, Inner: 72, Batch: 4, Time: 9, Tied: false, Vocabulary: 307);

    private static readonly IReadOnlyList<AccumulationCase> Usual =
    [
        new(Model, 1, 2, 3), new(Model, 1, 1, 1, 1, 1, 1), new(Model, 4, 2), new(OtherModel, 3, 1),
    ];

    public static readonly Requirement<AccumulationCase, AccumulateGradients> P60_EqualsBigBatch = new()
    {
        Id = "P60",
        Statement = "Micro-batches with unequal numbers of targets give the gradient of the float64 oracle for one large batch.",
        Source = "Reference report, section 11, test 60; BUG-ACC-01, BUG-ACC-03, BUG-ACC-06: the raw gradient, not the "
            + "optimizer's step; TOL-MODEL",
        CanonicalCases = Usual,
        PlanCases = AccumulationCase.FromPlan,
        Subject = (_, _) => Real,
        Holds = (accumulate, c, at) => WithModel(c, at, (model, batches, expected) =>
        {
            accumulate(model, batches, CountTargets(batches));
            return GradientsEqual(model.Parameters, expected, c, at);
        }),
        Impostors = new()
        {
            ["the mean of the means"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, batches, (loss, batch) => loss / (batches.Count * batch.LossTerms)),
            ["no division by the number of micro-batches"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, batches, (loss, batch) => loss / batch.LossTerms),
            ["divided by all positions"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, batches, (loss, _) => loss / batches.Sum(b => b.Targets.numel())),
            ["divided twice"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, batches, (loss, _) => loss / counted / batches.Count),
            ["cleared within the step"] = (_, _) => (model, batches, counted) => AccumulateEach(model, batches, (loss, _) =>
            {
                model.Parameters.ClearGradients();
                return loss / counted;
            }),
            ["the last micro-batch is dropped"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, [.. batches.SkipLast(1)], (loss, _) => loss / counted),
        },
    };

    public static readonly Requirement<AccumulationCase, AccumulateGradients> ACC_06_Cleared = new()
    {
        Id = "ACC-06",
        Statement = "A step starts without the gradient of the previous step: the same step twice gives the same gradient.",
        Source = "BUG-ACC-06, BUG-PLB-04; TOL-MODEL",
        CanonicalCases = Usual,
        PlanCases = AccumulationCase.FromPlan,
        Subject = (_, _) => Real,
        Holds = (accumulate, c, at) => WithModel(c, at, (model, batches, expected) =>
        {
            accumulate(model, batches, CountTargets(batches));
            accumulate(model, batches, CountTargets(batches));
            return GradientsEqual(model.Parameters, expected, c, at);
        }),
        Impostors = new()
        {
            ["never cleared"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, batches, (loss, _) => loss / counted, clear: false),
            ["norms are never cleared"] = (_, _) => (model, batches, counted) =>
            {
                foreach (var weight in model.Parameters.Tensors.Where(w => w.ndim > 1)) weight.grad = null;
                return AccumulateEach(model, batches, (loss, _) => loss / counted, clear: false);
            },
            ["halved instead of cleared"] = (_, _) => (model, batches, counted) =>
            {
                using (no_grad())
                    foreach (var weight in model.Parameters.Tensors) weight.grad?.mul_(0.5);
                return AccumulateEach(model, batches, (loss, _) => loss / counted, clear: false);
            },
        },
    };

    public static readonly Requirement<AccumulationCase, AccumulateGradients> ACC_10_Float32Sum = new()
    {
        Id = "ACC-10",
        Statement = "Many small contributions are not lost: 64 equal micro-batches give the gradient of one.",
        Source = "BUG-ACC-10: DeepSpeed #2768, Megatron-LM #372; TOL-MODEL",
        CanonicalCases = [new(Model with { Batch = 1, Time = 5 }, [.. Enumerable.Repeat(1, 64)])],
        Subject = (_, _) => Real,
        Holds = (accumulate, c, at) =>
        {
            var (ids, targets) = (c.Model.Ids(at).Longs(), c.Model.Ids(at, salt: 3).Longs());
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            accumulate(
                model,
                [.. c.RowsPerMicroBatch.Select(_ => TokenBatch.Create(ids, targets, 1, at.Device))],
                64L * targets.Length);
            return GradientsEqual(weights, new TransformerOracle(c.Model.Sizes, weights.Doubles()).Run(ids, targets, 1), c, at);
        },
        Impostors = new()
        {
            ["summed in bfloat16"] = (_, _) => (model, batches, counted) =>
            {
                var sums = model.Parameters.Names.ToDictionary(
                    name => name,
                    name => zeros_like(model.Parameters[name]).to(bfloat16));
                foreach (var batch in batches)
                {
                    AccumulateEach(model, [batch], (loss, _) => loss / counted);
                    foreach (var name in model.Parameters.Names)
                        sums[name] = sums[name] + model.Parameters[name].grad!.to(bfloat16);
                }
                foreach (var name in model.Parameters.Names) model.Parameters[name].grad = sums[name].to(float32);
                return 0;
            },
            ["only the last micro-batch counts"] = (_, _) => (model, batches, counted) =>
                AccumulateEach(model, [batches[^1]], (loss, _) => loss / counted),
        },
    };

    public static readonly Requirement<AccumulationCase, AccumulateGradients> EVL_09_ReportedLoss = new()
    {
        Id = "EVL-09",
        Statement = "The reported loss of a step is the mean over all its counted targets.",
        Source = "BUG-EVL-09: transformers #35204, nanoGPT PR #207; TOL-LOSS and TOL-MODEL",
        CanonicalCases = Usual,
        PlanCases = AccumulationCase.FromPlan,
        Subject = (_, _) => Real,
        Holds = (accumulate, c, at) => WithModel(c, at, (model, batches, expected) =>
        {
            var largest = expected.Logits.Max(Math.Abs);
            var allowed = Tolerance.Loss(ScalarType.Float32, c.Model.Vocabulary, largest) + 2 * c.Model.Allowed(at) * largest;
            return Verdict.AtMost(
                allowed, Math.Abs(accumulate(model, batches, CountTargets(batches)) - expected.Loss),
                "difference from the oracle's, nats");
        }),
        Impostors = new()
        {
            ["the mean of the means"] = (_, _) => (model, batches, counted) =>
                batches.Average(b => model.ComputeLosses(b.Inputs, b.Targets).sum().ToDouble() / b.LossTerms),
            ["the last micro-batch's"] = (_, _) => (model, batches, counted) =>
                model.ComputeLosses(batches[^1].Inputs, batches[^1].Targets).sum().ToDouble() / batches[^1].LossTerms,
            ["the sum"] = (_, _) => (model, batches, counted) =>
                batches.Sum(b => model.ComputeLosses(b.Inputs, b.Targets).sum().ToDouble()),
            ["over all positions"] = (_, _) => (model, batches, counted) =>
                batches.Sum(b => model.ComputeLosses(b.Inputs, b.Targets).sum().ToDouble()) / batches.Sum(b => b.Targets.numel()),
        },
    };

    public static IReadOnlyList<Requirement> All => [P60_EqualsBigBatch, ACC_06_Cleared, ACC_10_Float32Sum, EVL_09_ReportedLoss];

    private static double Real(LanguageModel model, IReadOnlyList<TokenBatch> batches, long lossTerms) =>
        GradientAccumulation.Compute(model, batches, lossTerms);

    private static double AccumulateEach(
        LanguageModel model, IReadOnlyList<TokenBatch> batches, Func<Tensor, TokenBatch, Tensor> scale,
        bool clear = true)
    {
        if (clear) model.Parameters.ClearGradients();
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            scale(model.ComputeLosses(batch.Inputs, batch.Targets).sum(), batch).backward();
        }
        return 0;
    }

    private static long CountTargets(IReadOnlyList<TokenBatch> batches) => batches.Sum(batch => batch.LossTerms);

    internal static Verdict WithModel(
        AccumulationCase c, Conditions at, Func<LanguageModel, IReadOnlyList<TokenBatch>, TransformerResult, Verdict> judge)
    {
        using var weights = ModelCase.Weights(c.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        var expected = new TransformerOracle(c.Model.Sizes, weights.Doubles()).Run(
            c.Model.Ids(at).Longs(), c.Targets(at).Longs(), c.Model.Batch);
        return judge(model, c.MicroBatches(at), expected);
    }

    internal static Verdict GradientsEqual(
        ParameterTable weights, TransformerResult expected, AccumulationCase c,
        Conditions at) =>
        Verdict.All(weights.Names.Select(name =>
        {
            using var gradient = weights[name].grad;
            return Verdict.AtMost(
                c.Model.AllowedGradient(at), gradient?.RelativeTo(expected.Gradients[name]) ?? double.NaN,
                $"gradient of {name}, max|Δ| ÷ max|g|");
        }));
}
