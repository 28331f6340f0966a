using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Gives the logits of ids of which each position may read from its start on.</summary>
public delegate Tensor ReadFrom(ParameterTable weights, Tensor ids, Tensor starts);

/// <summary>Gives the summed loss of a batch, to be differentiated.</summary>
public delegate Tensor SumLoss(LanguageModel model, Tensor ids, Tensor targets);

/// <summary>Rows that hold several texts.</summary>
/// <param name="Model">The model; its batch is the number of rows.</param>
/// <param name="Texts">Lengths of the texts of each row.</param>
public sealed record PackedCase(ModelCase Model, params IReadOnlyList<IReadOnlyList<int>> Texts)
{
    /// <summary>The kernels that may be used.</summary>
    public Fused Fused { get; init; } = Fused.All;

    /// <inheritdoc/>
    public override string ToString() => (Fused == Fused.All ? "" : "without kernels: ") + string.Join(" | ", Texts.Select(row => string.Join(" + ", row)));

    internal Tensor Starts(Conditions at) => tensor(Texts.SelectMany(row => row.Select((length, i) => Enumerable.Repeat((long)row.Take(i).Sum(), length)).SelectMany(s => s)).ToArray(), [Model.Batch, Model.Time], device: at.Device);

    /// <summary>Row, start and length of every text.</summary>
    internal IEnumerable<(int Row, int Start, int Length)> All => Texts.Index().SelectMany(row => row.Item.Select((length, i) => (row.Index, row.Item.Take(i).Sum(), length)));
}

/// <summary>Texts that share a row do not read one another, and the head reads only what counts: SFT-14, LOS-10.</summary>
public static class PackingSpec
{
    private static readonly ModelCase Small = new(Width: 40, 3, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 2, Time: 13);

    public static readonly Requirement<PackedCase, ReadFrom> SFT_14_Isolation = new()
    {
        Id = "SFT-14",
        Statement = "The logits of a text that shares its row with others are those of the text alone, and no bit of them depends on the others.",
        Source = "Silent bugs SFT-14, SFT-15: trl #805, torchtune PR #875, nanoVLM PR #204: positions begin anew, yet attention does not; TOL-MODEL, twice",
        Canonical = [new(Small, [5, 8], [2, 7, 4]), new(Small with { Width = 48, Heads = 6, Inner = 56, Time = 9, Batch = 3, Tied = false }, [1, 8], [4, 1, 4], [3, 3, 3]), new(Small, [4, 9], [6, 2, 5]) { Fused = Fused.None }],
        Subject = Real,
        Holds = (read, c, at) =>
        {
            using var grad = no_grad();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var (ids, starts) = (c.Model.Ids(at), c.Starts(at));
            var packed = read(weights, ids, starts);
            var alike = c.All.Select(text => Verdict.AtMost(
                2 * c.Model.Allowed(at), Of(packed, text).RelativeTo(model.Forward(Of(ids, text)).Doubles()), $"text of {text.Length} at {text.Start} in row {text.Row}, max|Δ| ÷ max|logit|")).ToArray();
            var apart = c.All.Select(changed =>
            {
                var others = read(weights, WithAnother(ids, changed, c.Model.Vocabulary), starts);
                return Verdict.AtMost(0, c.All.Where(text => text != changed).Max(text => Of(others, text).LargestDifference(Of(packed, text))), $"change of the others by the text at {changed.Start} in row {changed.Row}");
            });
            return Verdict.All([.. alike, .. apart]);
        },
        Impostors = new Dictionary<string, Func<PackedCase, Conditions, ReadFrom>>
        {
            ["the texts of a row read one another"] = Starting(starts => zeros_like(starts)),
            ["positions begin anew, attention does not"] = (_, at) => (weights, ids, starts) =>
            {
                using var model = new LanguageModel(weights, at.ComputeType);
                return model.Forward(ids);                                         // distances are relative: there is no position to begin anew
            },
            ["a text reads the token before it"] = Starting(starts => (starts - 1).clamp(min: 0)),
            ["a text does not read its first token"] = Starting(
                starts => (starts + 1).minimum(arange(0, starts.size(1), dtype: int64, device: starts.device))),
            ["the borders of the first row in every row"] = Starting(starts => starts.narrow(0, 0, 1).expand(starts.shape)),
            ["only the last text is kept apart"] = Starting(starts => starts * starts.eq(starts.max(1, true).values).to(int64)),
        },
    };

    public static readonly Requirement<ModelCase, SumLoss> LOS_10_CountedRows = new()
    {
        Id = "LOS-10",
        Statement = "A head that reads only the positions that count has the summed loss and the gradients that the float64 oracle has for all of them.",
        Source = "Silent bugs LOS-06, LOS-12: gathered rows and targets that do not belong together; TOL-LOSS and TOL-MODEL",
        Canonical = ModelCase.Usual,
        Subject = (_, _) => (model, ids, targets) => model.LossSum(ids, targets, counted: Counted(targets)),
        Holds = (sum, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            var expected = new TransformerOracle(c.Sizes, weights.Doubles()).Run(ids.Longs(), targets.Longs(), c.Batch, count: 1);
            var loss = sum(model, ids, targets);
            loss.backward();
            var largest = expected.Logits.Max(Math.Abs);
            var allowed = CrossEntropyOracle.Counted(targets.Longs()) * (Tolerance.Loss(ComputeType.Float32, c.Vocabulary, largest) + 2 * c.Allowed(at) * largest);
            return Verdict.All(
            [
                Verdict.AtMost(allowed, Math.Abs(loss.ToDouble() - expected.Loss), "difference from the oracle's, nats"),
                .. weights.Names.Select(name =>
                {
                    using var gradient = weights[name].grad;
                    return Verdict.AtMost(c.AllowedGradient(at), gradient?.RelativeTo(expected.Gradients[name]) ?? double.NaN, $"gradient of {name}, max|Δ| ÷ max|g|");
                }),
            ]);
        },
        Impostors = new Dictionary<string, Func<ModelCase, Conditions, SumLoss>>
        {
            ["positions are gathered, targets are not"] = (_, _) => (model, ids, targets) =>
            {
                var counted = Counted(targets);
                var hidden = model.Hidden(ids).reshape(-1, model.Config.DModel).index_select(0, counted);
                var logits = hidden.CheckedMatmul(Head(model).t());
                return CrossEntropy.PerToken(logits, targets.reshape(-1).clamp(min: 0).narrow(0, 0, counted.size(0))).sum();
            },
            ["the position behind each target"] = (_, _) => (model, ids, targets) =>
            {
                var counted = Counted(targets);
                var hidden = model.Hidden(ids).reshape(-1, model.Config.DModel).index_select(0, (counted + 1).clamp(max: targets.numel() - 1));
                var logits = hidden.CheckedMatmul(Head(model).t());
                return CrossEntropy.PerToken(logits, targets.reshape(-1).index_select(0, counted)).sum();
            },
            ["the last one that counts is dropped"] = (_, _) => (model, ids, targets) => model.LossSum(ids, targets, counted: Counted(targets).narrow(0, 0, Counted(targets).size(0) - 1)),
            ["the first is counted twice"] = (_, _) => (model, ids, targets) => model.LossSum(ids, targets, counted: cat([Counted(targets).narrow(0, 0, 1), Counted(targets)], 0)),
            ["divided by their number"] = (_, _) => (model, ids, targets) => model.LossSum(ids, targets, counted: Counted(targets)) / Counted(targets).size(0),
        },
    };

    public static IReadOnlyList<Requirement> All => [SFT_14_Isolation, LOS_10_CountedRows];

    private static ReadFrom Real(PackedCase c, Conditions at) => (weights, ids, starts) =>
    {
        using var model = new LanguageModel(weights, at.ComputeType, c.Fused);
        return model.Forward(ids, starts: starts);
    };

    private static Func<PackedCase, Conditions, ReadFrom> Starting(Func<Tensor, Tensor> spoil) => (c, at) => (weights, ids, starts) =>
        Real(c, at)(weights, ids, spoil(starts).contiguous());

    private static Tensor Counted(Tensor targets) =>
        tensor(targets.Longs().Index().Where(target => target.Item != CrossEntropy.Ignored).Select(target => (long)target.Index).ToArray(), device: targets.device);

    private static Tensor Head(LanguageModel model) => model.Parameters[model.Config.TieEmbeddings ? "embed_tokens.weight" : "lm_head.weight"];

    private static Tensor Of(Tensor batch, (int Row, int Start, int Length) text) => batch.narrow(0, text.Row, 1).narrow(1, text.Start, text.Length);

    private static Tensor WithAnother(Tensor ids, (int Row, int Start, int Length) text, int vocabulary)
    {
        var changed = ids.clone();
        var part = Of(changed, text);
        part.copy_((part + 1).where(part.lt(vocabulary - 1), zeros_like(part)));
        return changed;
    }
}
