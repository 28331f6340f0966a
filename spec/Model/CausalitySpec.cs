using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The way a forward pass is called.</summary>
public enum ForwardMode
{
    /// <summary>With default arguments, as in evaluation.</summary>
    FullSequence,

    /// <summary>In training.</summary>
    Training,

    /// <summary>In chunks of three with a key/value cache, as in generation.</summary>
    Cached,
}

/// <summary>A model and the way it is called.</summary>
/// <param name="Model">The model.</param>
/// <param name="Mode">The way.</param>
public sealed record CausalityCase(ModelCase Model, ForwardMode Mode)
{
    /// <summary>
    /// One block with the heads and widths of the run's model, a row of the run's length, and its dropout in training.
    /// </summary>
    internal static IReadOnlyList<CausalityCase> FromPlan(Conditions at)
    {
        var model = ModelCase.WithFewTokens(at, at.Plan.Training.SequenceLength) with { Layers = 1 };
        return
        [
            new(model, ForwardMode.FullSequence), new(model with { Dropout = at.Model.Dropout }, ForwardMode.Training),
        ];
    }

    /// <summary>All positions of a short row; of a long one the first and last and those around the blocks of kernels.</summary>
    internal IEnumerable<int> Positions =>
        Enumerable.Range(0, Model.Time).Where(t => Model.Time <= 16 || t < 2 || t >= Model.Time - 2 || IsNearBlock(t));

    private bool IsNearBlock(int t) => t % Math.Max(64, Model.Time / 4) is 0 || (t + 1) % Math.Max(64, Model.Time / 4) is 0;
}

/// <summary>What a logit may depend on, through the public entry point: ATT-07 … ATT-10.</summary>
public static class CausalitySpec
{
    public static readonly Requirement<CausalityCase, SubjectModel> ATT_07_Causal = new()
    {
        Id = "ATT-07",
        Statement = "Changing a token leaves every earlier logit with the same bits, and changes the logits at its position and "
            + "later.",
        Source = "Probe P-CAUSAL; BUG-ATT-04, BUG-ATT-11, BUG-ATT-12, BUG-ATT-13, BUG-ATT-17, BUG-NRM-07",
        CanonicalCases =
        [
            new(ModelCase.Usual[0], ForwardMode.FullSequence), new(ModelCase.Usual[1], ForwardMode.FullSequence),
            new(ModelCase.Usual[0], ForwardMode.Training), new(ModelCase.Usual[0], ForwardMode.Cached),
            new(ModelCase.Usual[1], ForwardMode.Training), new(ModelCase.Usual[1], ForwardMode.Cached),
        ],
        PlanCases = at => [.. CausalityCase.FromPlan(at).Select(c => c with { Model = c.Model with { Vocabulary = 283 } })],
        Subject = Real,
        Holds = (model, c, at) =>
        {
            using var grad = no_grad();
            var ids = c.Model.Ids(at);
            Tensor Logits(Tensor text)
            {
                StepRandomness.SeedGenerators(at.Seed, dataStep: 1, row: 0);        // the same dropout every time
                return model.Logits(text);
            }
            var before = Logits(ids);
            return Verdict.All(c.Positions.SelectMany<int, Verdict>(t =>
            {
                using var scope = NewDisposeScope();
                var other = ids.clone();
                var column = other.narrow(1, t, 1);
                column.copy_((column + 1) * column.lt(c.Model.Vocabulary - 1).to(int64));
                var after = Logits(other);
                var (past, later) = (t, c.Model.Time - t - 1);
                return
                [
                    Verdict.AtMost(
                        0, after.narrow(1, 0, past).LargestDifference(before.narrow(1, 0, past)), $"change before position {t}"),
                    Verdict.AtLeast(
                        1e-6, after.narrow(1, t, 1).LargestDifference(before.narrow(1, t, 1)), $"change at position {t}"),
                    Verdict.AtLeast(
                        later > 0 ? 1e-7 : 0, after.narrow(1, t + 1, later).LargestDifference(before.narrow(1, t + 1, later)),
                        $"change after position {t}"),
                ];
            }));
        },
        Impostors = Planted(Leaks),
    };

    public static readonly Requirement<CausalityCase, SubjectModel> ATT_08_GradientOfTheFuture = new()
    {
        Id = "ATT-08",
        Statement = "The gradient of a position's logits with respect to every later token is exactly zero, and with respect to "
            + "its own and the first token it is not; also with dropout.",
        Source = "Probe P-CAUSAL by autograd; BUG-ATT-04, BUG-ATT-13",
        CanonicalCases =
        [
            new(
                new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 56, Batch: 1, Time: 9, Tied: false),
                ForwardMode.FullSequence),
            new(
                new(
                    Width: 48, 3, Heads: 6, KeyValueHeads: 3, Inner: 72, Batch: 1, Time: 7, Tied: false, Vocabulary: 307,
                    Dropout: 0.2),
                ForwardMode.Training),
        ],
        PlanCases = at => [.. CausalityCase.FromPlan(at).Select(c => c with { Model = c.Model with { Tied = false } })],
        Subject = Real,
        Holds = (model, c, at) =>
        {
            // Every token occurs once, so that its row of the embedding has the gradient of its position only.
            using var stream = at.CreateGenerator(40);
            var order = empty([c.Model.Vocabulary]).uniform_(0, 1, stream).argsort();
            var ids = order.narrow(0, 0, c.Model.Time).to(at.Device).view(1, -1);
            var (rows, time) = (ids.Longs(), c.Model.Time);
            return Verdict.All(c.Positions.SelectMany<int, Verdict>(i =>
            {
                using var scope = NewDisposeScope();
                model.Parameters.ClearGradients();
                (model.Logits(ids)[0, i] * at.Normal(41, 1, c.Model.Vocabulary)).sum().backward();
                var gradient = model.Gradient("embed_tokens.weight")?.Chunk(c.Model.Width).ToList();
                double Of(int position) => gradient?[(int)rows[position]].Max(Math.Abs) ?? 0;
                return
                [
                    Verdict.AtMost(
                        0, Enumerable.Range(i + 1, time - i - 1).Select(Of).Aggregate(0.0, Math.Max),
                        $"gradient of position {i} by later tokens"),
                    Verdict.AtLeast(1e-9, Of(i), $"gradient of position {i} by its own token"),
                    Verdict.AtLeast(1e-12, Of(0), $"gradient of position {i} by the first token"),
                ];
            }));
        },
        Impostors = Planted([
            LayerBug.SeesOneAhead, LayerBug.NoMask, LayerBug.TransposedDistances, LayerBug.SoftFuture,
            LayerBug.FiniteMask,
            LayerBug.SoftmaxOverQueries,
            LayerBug.MaskAfterSoftmax, LayerBug.HeadsMergedWithoutTranspose, ModelBug.RmsOverTime, ModelBug.GraphCut,
        ]),
    };

    public static readonly Requirement<ModelCase, SubjectModel> ATT_09_RowsApart = new()
    {
        Id = "ATT-09",
        Statement = "Changing the text of one row does not change a bit of any other row.",
        Source = "BUG-ATT-17, BUG-NRM-07: statistics and softmax over the wrong axis",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            using var grad = no_grad();
            var (ids, other) = (c.Ids(at), c.Ids(at, salt: 6));
            var before = model.Logits(ids);
            return Verdict.All(Enumerable.Range(0, c.Batch).Select(row =>
            {
                using var scope = NewDisposeScope();
                var changed = ids.clone();
                changed.narrow(0, row, 1).copy_(other.narrow(0, row, 1));
                var after = model.Logits(changed);
                var largest = Enumerable.Range(0, c.Batch).Where(r => r != row).Max(r => after[r].LargestDifference(before[r]));
                return Verdict.AtMost(0, largest, $"change of other rows by row {row}");
            }));
        },
        Impostors = new(SubjectModel.With(ModelBug.RmsOverBatch))
        {
            ["batch and time swapped"] = (c, at) =>
            {
                var model = SubjectModel.Real(c, at);
                return new(model.Parameters, ids => model.Logits(ids.t().contiguous()).transpose(0, 1));
            },
        },
    };

    public static readonly Requirement<ModelCase, Func<ParameterTable, Tensor, Tensor>> ATT_10_NoDropoutInEvaluation = new()
    {
        Id = "ATT-10",
        Statement = "Outside training, dropout does not change a bit of the logits.",
        Source = "BUG-ATT-18: pytorch #124464, nanoGPT PR #240",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = (_, at) => (weights, ids) =>
        {
            using var model = new LanguageModel(weights, at.ComputeType);
            return model.Forward(ids);
        },
        Holds = (logits, c, at) =>
        {
            using var grad = no_grad();
            using var without = ModelCase.Weights(c.Config, at);
            using var with = ModelCase.Weights(c.Config.With(dropout: 0.5), at);
            return Verdict.AtMost(
                0, logits(with, c.Ids(at)).LargestDifference(logits(without, c.Ids(at))), "change by dropout 0.5");
        },
        Impostors = new()
        {
            ["applies dropout in evaluation too"] = (_, at) => (weights, ids) =>
            {
                using var model = new LanguageModel(weights, at.ComputeType);
                return model.Forward(ids, training: true);
            },
            ["scales in evaluation"] = (_, at) => (weights, ids) =>
            {
                using var model = new LanguageModel(weights, at.ComputeType);
                return model.Forward(ids) * (1 - weights.Config.Dropout);
            },
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [ATT_07_Causal, ATT_08_GradientOfTheFuture, ATT_09_RowsApart, ATT_10_NoDropoutInEvaluation];

    private static IEnumerable<PlantedBug> Leaks =>
    [
        LayerBug.SeesOneAhead, LayerBug.NoMask, LayerBug.TransposedDistances, LayerBug.SoftFuture, LayerBug.FiniteMask,
        LayerBug.SoftmaxOverQueries,
        LayerBug.MaskAfterSoftmax, LayerBug.HeadsMergedWithoutTranspose, ModelBug.RmsOverTime,
    ];

    private static Impostors<CausalityCase, SubjectModel> Planted(IEnumerable<PlantedBug> bugs) =>
        Impostors<CausalityCase, SubjectModel>.Create(bugs, bug => (c, at) => SubjectModel.Planted(bug)(c.Model, at));

    private static SubjectModel Real(CausalityCase c, Conditions at)
    {
        var weights = ModelCase.Weights(c.Model.Config, at);
        var model = new LanguageModel(weights, at.ComputeType);
        return new(weights, c.Mode switch
        {
            ForwardMode.FullSequence => ids => model.Forward(ids),
            ForwardMode.Training => ids => model.Forward(ids, training: true),
            _ => ids => GenerationSpec.ForwardWithCache(model, ids, 3),
        }, model: model);
    }
}
