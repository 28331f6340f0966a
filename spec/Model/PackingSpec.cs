using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the logits of ids when each position can read from its segment start on.</summary>
public delegate Tensor PackedForward(ParameterTable weights, Tensor ids, Tensor segmentStarts);

/// <summary>Computes the differentiable sum of the losses of a batch.</summary>
public delegate Tensor SumLoss(LanguageModel model, Tensor ids, Tensor targets);

/// <summary>Rows with several texts.</summary>
/// <param name="Model">The model; its batch is the number of rows.</param>
/// <param name="Segments">Lengths of the texts of each row.</param>
public sealed record PackedCase(ModelCase Model, params IReadOnlyList<IReadOnlyList<int>> Segments)
{
    /// <summary>The heads and widths of the run's model and rows of the run's length, as far as 256 tokens.</summary>
    internal static IReadOnlyList<PackedCase> FromPlan(Conditions at)
    {
        var time = Math.Clamp(at.Plan.Training.SequenceLength, 8, 256);
        return [new(ModelCase.WithFewTokens(at, time) with { Batch = 2 }, [time / 2, 3, time - time / 2 - 3], [1, time - 1])];
    }

    /// <summary>The kernels that may be used.</summary>
    public FusedKernels Fused { get; init; } = FusedKernels.All;

    /// <inheritdoc/>
    public override string ToString() =>
        (Fused == FusedKernels.All ? "" : "without kernels: ")
        + string.Join(" | ", Segments.Select(row => string.Join(" + ", row)));

    internal Tensor SegmentStarts(Conditions at) =>
        tensor(
            Segments
                .SelectMany(row =>
                    row.Select((length, i) => Enumerable.Repeat((long)row.Take(i).Sum(), length)).SelectMany(s => s))
                .ToArray(),
            [Model.Batch, Model.Time],
            device: at.Device);

    /// <summary>Row, start and length of every text.</summary>
    internal IEnumerable<(int Row, int Start, int Length)> AllSegments =>
        Segments.Index().SelectMany(row => row.Item.Select((length, i) => (row.Index, row.Item.Take(i).Sum(), length)));
}

/// <summary>Separation of texts in a row, and the head applied to targets only: SFT-14, LOS-10.</summary>
public static class PackingSpec
{
    private static readonly ModelCase Small = new(Width: 40, 3, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 2, Time: 13);

    public static readonly Requirement<PackedCase, PackedForward> SFT_14_Isolation = new()
    {
        Id = "SFT-14",
        Statement = "The logits of a text that shares its row with other texts equal those of the text alone, and no bit of them "
            + "depends on the other texts.",
        Source = "BUG-SFT-14, BUG-SFT-15: trl #805, torchtune PR #875, nanoVLM PR #204: positions restart, but attention does "
            + "not; TOL-MODEL, twice",
        CanonicalCases =
        [
            new(Small, [5, 8], [2, 7, 4]),
            new(
                Small with
                {
                    Width = 48,
                    Layers = 2,
                    Heads = 6,
                    KeyValueHeads = 3,
                    Inner = 56,
                    Time = 9,
                    Batch = 3,
                    Tied = false,
                    Vocabulary = 307,
                    Dropout = 0.2,
                },
                [1, 8],
                [4, 1, 4],
                [3, 3, 3]),
            new(Small, [4, 9], [6, 2, 5]) { Fused = FusedKernels.None },
        ],
        PlanCases = PackedCase.FromPlan,
        Subject = Real,
        Holds = (read, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var (ids, starts) = (c.Model.Ids(at), c.SegmentStarts(at));
            var packed = read(weights, ids, starts);
            var alike = c.AllSegments.Select(text => Verdict.AtMost(
                2 * c.Model.Allowed(at),
                Slice(packed, text).RelativeTo(model.Forward(Slice(ids, text)).Doubles()),
                $"text of {text.Length} at {text.Start} in row {text.Row}, max|Δ| ÷ max|logit|"))
        .ToArray();
            var apart = c.AllSegments.Select(changed =>
            {
                var others = read(weights, ReplaceSegment(ids, changed, c.Model.Vocabulary), starts);
                return Verdict.AtMost(
                    0,
                    c.AllSegments.Where(text => text != changed)
                        .Max(text => Slice(others, text).LargestDifference(Slice(packed, text))),
                    $"change of the others by the text at {changed.Start} in row {changed.Row}");
            });
            return Verdict.All([.. alike, .. apart]);
        },
        Impostors = new()
        {
            ["the texts of a row read one another"] = WithSegmentStarts(starts => zeros_like(starts)),
            ["positions restart, attention does not"] = (_, at) => (weights, ids, starts) =>
            {
                using var model = new LanguageModel(weights, at.ComputeType);
                return model.Forward(ids);      // distances are relative: there are no positions to restart
            },
            ["a text reads the token before it"] = WithSegmentStarts(starts => (starts - 1).clamp(min: 0)),
            ["a text does not read its first token"] = WithSegmentStarts(
                starts => (starts + 1).minimum(arange(0, starts.size(1), dtype: int64, device: starts.device))),
            ["the borders of the first row are used for every row"] = WithSegmentStarts(starts =>
                starts.narrow(0, 0, 1).expand(starts.shape)),
            ["only the last text is separated"] = WithSegmentStarts(starts =>
                starts * starts.eq(starts.max(1, true).values).to(int64)),
        },
    };

    public static readonly Requirement<ModelCase, SumLoss> LOS_10_CountedRows = new()
    {
        Id = "LOS-10",
        Statement = "A head that is applied only to the positions with a target has the same summed loss and gradients as the "
            + "float64 oracle applied to all.",
        Source = "BUG-LOS-06, BUG-LOS-12: gathered rows and targets that do not belong together; TOL-LOSS and TOL-MODEL",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = (_, _) => (model, ids, targets) => model.ComputeLossSum(ids, targets, lossPositions: TargetPositions(targets)),
        Holds = (sum, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            var expected = new TransformerOracle(c.Sizes, weights.Doubles()).Run(ids.Longs(), targets.Longs(), c.Batch, count: 1);
            var loss = sum(model, ids, targets);
            loss.backward();
            var largest = expected.Logits.Max(Math.Abs);
            var allowed =
                CrossEntropyOracle.CountTargets(targets.Longs())
                * (Tolerance.Loss(ScalarType.Float32, c.Vocabulary, largest) + 2 * c.Allowed(at) * largest);
            return Verdict.All(
            [
                Verdict.AtMost(allowed, Math.Abs(loss.ToDouble() - expected.Loss), "difference from the oracle's, nats"),
                .. weights.Names.Select(name =>
                {
                    using var gradient = weights[name].grad;
                    return Verdict.AtMost(
                        c.AllowedGradient(at), gradient?.RelativeTo(expected.Gradients[name]) ?? double.NaN,
                        $"gradient of {name}, max|Δ| ÷ max|g|");
                }),
            ]);
        },
        Impostors = new()
        {
            ["positions are gathered, targets are not"] = (_, _) => (model, ids, targets) =>
            {
                var counted = TargetPositions(targets);
                var hidden = model.ForwardHidden(ids).reshape(-1, model.Config.DModel).index_select(0, counted);
                var logits = hidden.CheckedMatmul(Head(model).t());
                return CrossEntropy
                    .ComputePerToken(logits, targets.reshape(-1).clamp(min: 0).narrow(0, 0, counted.size(0)))
                    .sum();
            },
            ["the position after each target"] = (_, _) => (model, ids, targets) =>
            {
                var counted = TargetPositions(targets);
                var hidden = model
                    .ForwardHidden(ids)
                    .reshape(-1, model.Config.DModel)
                    .index_select(0, (counted + 1).clamp(max: targets.numel() - 1));
                var logits = hidden.CheckedMatmul(Head(model).t());
                return CrossEntropy.ComputePerToken(logits, targets.reshape(-1).index_select(0, counted)).sum();
            },
            ["the last position with a target is dropped"] = (_, _) =>
                (model, ids, targets) =>
                    model.ComputeLossSum(
                        ids, targets,
                        lossPositions: TargetPositions(targets).narrow(0, 0, TargetPositions(targets).size(0) - 1)),
            ["the first position counts twice"] = (_, _) =>
                (model, ids, targets) =>
                    model.ComputeLossSum(
                        ids, targets,
                        lossPositions: cat([TargetPositions(targets).narrow(0, 0, 1), TargetPositions(targets)], 0)),
            ["the mean instead of the sum"] = (_, _) => (model, ids, targets) =>
                model.ComputeLossSum(ids, targets, lossPositions: TargetPositions(targets)) / TargetPositions(targets).size(0),
        },
    };

    public static IReadOnlyList<Requirement> All => [SFT_14_Isolation, LOS_10_CountedRows];

    private static PackedForward Real(PackedCase c, Conditions at) => (weights, ids, starts) =>
    {
        using var model = new LanguageModel(weights, at.ComputeType, c.Fused);
        return model.Forward(ids, segmentStarts: starts);
    };

    private static Func<PackedCase, Conditions, PackedForward> WithSegmentStarts(Func<Tensor, Tensor> spoil) =>
        (c, at) => (weights, ids, starts) => Real(c, at)(weights, ids, spoil(starts).contiguous());

    private static Tensor TargetPositions(Tensor targets) =>
        tensor(
            targets
                .Longs()
                .Index()
                .Where(target => target.Item != CrossEntropy.IgnoreIndex)
                .Select(target => (long)target.Index)
                .ToArray(),
            device: targets.device);

    private static Tensor Head(LanguageModel model) =>
        model.Parameters[model.Config.TieEmbeddings ? "embed_tokens.weight" : "lm_head.weight"];

    private static Tensor Slice(Tensor batch, (int Row, int Start, int Length) text) =>
        batch.narrow(0, text.Row, 1).narrow(1, text.Start, text.Length);

    private static Tensor ReplaceSegment(Tensor ids, (int Row, int Start, int Length) text, int vocabulary)
    {
        var changed = ids.clone();
        var part = Slice(changed, text);
        part.copy_((part + 1).where(part.lt(vocabulary - 1), zeros_like(part)));
        return changed;
    }
}
