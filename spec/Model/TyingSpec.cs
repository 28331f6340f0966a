using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Tied embeddings: TIE.</summary>
public static class TyingSpec
{
    public static readonly Requirement<ModelCase, SubjectModel> TIE_01_OneMatrix = new()
    {
        Id = "TIE-01",
        Statement = "Changing a row of the embedding changes both the input embedding and the output projection.",
        Source = "Press & Wolf 2017, arXiv:1608.05859; BUG-TIE-03",
        CanonicalCases = [ModelCase.Usual[0], ModelCase.SmallTied],
        PlanCases = ModelCase.TiedFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) => Verdict.All(CheckHeadIsTied(model, c, at), CheckInputIsTied(model, c, at)),
        Impostors = SubjectModel.With(ModelBug.HeadUntied, ModelBug.InputUntied),
    };

    public static readonly Requirement<ModelCase, SubjectModel> TIE_02_GradientOfBothUses = new()
    {
        Id = "TIE-02",
        Statement = "The gradient of a tied embedding is the sum of the gradients of its two uses in an untied oracle.",
        Source = "Press & Wolf 2017; TOL-MODEL",
        CanonicalCases = [ModelCase.Usual[0], ModelCase.SmallTied],
        PlanCases = ModelCase.TiedFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            model.Backward(ids, targets);
            var weights = model.Parameters.Doubles();
            weights["lm_head.weight"] = weights["embed_tokens.weight"];
            var uses = new TransformerOracle(c.Sizes with { Tied = false }, weights)
                .Run(ids.Longs(), targets.Longs(), c.Batch)
                .Gradients;
            double[] sum = [.. uses["embed_tokens.weight"].Zip(uses["lm_head.weight"], (a, b) => a + b)];
            return Verdict.AtMost(
                c.AllowedGradient(at), model.Gradient("embed_tokens.weight")?.RelativeTo(sum) ?? double.NaN, "max|Δ| ÷ max|g|");
        },
        Impostors = SubjectModel.With(ModelBug.HeadUntied, ModelBug.InputUntied, ModelBug.GraphCut),
    };

    public static readonly Requirement<ModelCase, SubjectModel> TIE_03_SurvivesAMove = new()
    {
        Id = "TIE-03",
        Statement = "A model with weights copied to the run's device is still tied, and shares nothing with the original.",
        Source = "BUG-TIE-03: pytorch/xla #2719, accelerate PR #138",
        CanonicalCases = [ModelCase.Usual[0], ModelCase.SmallTied],
        PlanCases = ModelCase.TiedFromPlan,
        Subject = (c, at) =>
        {
            using var original = ModelCase.Weights(c.Config, at);
            var copy = original.CopyTo(at.Device);
            using var grad = no_grad();
            original["embed_tokens.weight"].zero_();
            return SubjectModel.Real(copy, at);
        },
        Holds = (model, c, at) => Verdict.All(
            CheckHeadIsTied(model, c, at), CheckInputIsTied(model, c, at),
            Verdict.AtLeast(
                0.01, model.Parameters["embed_tokens.weight"].Doubles().Max(Math.Abs),
                "largest weight of the copy after the original was cleared")),
        Impostors = SubjectModel.With(ModelBug.HeadUntied, ModelBug.InputUntied),
    };

    public static readonly Requirement<ModelCase, SubjectModel> TIE_04_EveryRowLearns = new()
    {
        Id = "TIE-04",
        Statement = "Every id in the input gives its row of the embedding a gradient, including padding and the last id.",
        Source = "BUG-TIE-08: padding_idx suppresses a row",
        CanonicalCases =
        [
            ModelCase.Usual[1], new(Width: 40, 3, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 2, Time: 9, Tied: false),
        ],
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var ids = c.Ids(at);
            long[] edges = [2, c.Vocabulary - 1, 0, 1];
            for (var i = 0; i < edges.Length; i++) ids[0, i] = tensor(edges[i], device: at.Device);
            model.Backward(ids, c.Ids(at, salt: 3));
            var rows = (model.Gradient("embed_tokens.weight") ?? []).Chunk(c.Width).ToList();
            if (rows.Count == 0) return Verdict.AtLeast(1, 0, "rows with a gradient");
            return Verdict.All(
                ids.Longs()
                    .Distinct()
                    .Select(id => Verdict.AtLeast(1e-9, rows[(int)id].Max(Math.Abs), $"largest gradient of row {id}")));
        },
        Impostors = SubjectModel.With(
            ModelBug.PaddingRowSuppressed, ModelBug.IdsClamped, ModelBug.IdsWrap, ModelBug.GraphCut),
    };

    public static IReadOnlyList<Requirement> All =>
        [TIE_01_OneMatrix, TIE_02_GradientOfBothUses, TIE_03_SurvivesAMove, TIE_04_EveryRowLearns];

    /// <summary>
    /// Doubling the row of an id that is not in the input doubles its logits exactly and does not change the others.
    /// </summary>
    internal static Verdict CheckHeadIsTied(SubjectModel model, ModelCase c, Conditions at)
    {
        using var grad = no_grad();
        if (model.Parameters.Names.Contains("lm_head.weight"))
            return Verdict.That(false, "the table has a second matrix, lm_head.weight");
        var ids = at.Ids(4, c.Vocabulary - 1, c.Batch, c.Time);
        var before = model.Logits(ids);
        model.Parameters["embed_tokens.weight"].narrow(0, c.Vocabulary - 1, 1).mul_(2);
        var after = model.Logits(ids);
        var last = c.Vocabulary - 1;
        return Verdict.All(
            Verdict.AtMost(
                0, after.narrow(2, last, 1).LargestDifference(before.narrow(2, last, 1) * 2),
                "error of the logits of the doubled row"),
            Verdict.AtMost(
                0, after.narrow(2, 0, last).LargestDifference(before.narrow(2, 0, last)), "error of the logits of other rows"));
    }

    private static Verdict CheckInputIsTied(SubjectModel model, ModelCase c, Conditions at)
    {
        using var grad = no_grad();
        // 1 … V−2, so that the logits of id 0 depend on the input only
        var ids = at.Ids(5, c.Vocabulary - 2, c.Batch, c.Time) + 1;
        var before = model.Logits(ids);
        model.Parameters["embed_tokens.weight"].narrow(0, 1, c.Vocabulary - 1).mul_(-1.5);
        return Verdict.AtLeast(
            1e-6, model.Logits(ids).narrow(2, 0, 1).LargestDifference(before.narrow(2, 0, 1)),
            "change of the logits of an unused id when the used rows change");
    }
}
