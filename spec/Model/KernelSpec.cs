using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The kernels that may be used, and a model and batch.</summary>
/// <param name="Kernels">The kernels; None for plain operators, as on other devices.</param>
/// <param name="Type">Number type of matrix products; null for the run's.</param>
/// <param name="Model">The model; null for one that, like the batch, is larger than a kernel's blocks.</param>
public sealed record KernelCase(FusedKernels Kernels, ComputeType? Type = null, ModelCase? Model = null)
{
    /// <summary>All kernels at the sizes and with the vocabulary of the run's model.</summary>
    internal static IReadOnlyList<KernelCase> FromPlan(Conditions at) =>
        [new(FusedKernels.All, Model: ModelCase.FromPlan(at)[0] with { Layers = 1, Time = 17 })];

    internal ComputeType TypeAt(Conditions at) => Type ?? at.ComputeType;

    /// <summary>
    /// More positions than a block of queries, more rows in all than a chunk of them, more tokens than a block, none a multiple.
    /// </summary>
    internal static ModelCase Large { get; } =
        new(Width: 40, Layers: 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 6, Time: 97, Vocabulary: 601);

    internal ModelCase Sizes => Model ?? Large;
}

/// <summary>Kernels change only the speed.</summary>
public static class KernelSpec
{
    public static readonly Requirement<KernelCase, SubjectModel> KRN_01_Oracle = new()
    {
        Id = "KRN-01",
        Statement = "With every choice of kernels, the training loss and the gradient of every weight equal the float64 oracle's."
,
        Source = "BUG-LOS-12 (chunked loss), BUG-ATT-05, BUG-GQA-07, BUG-NUM-09; probe P-ORACLE",
        CanonicalCases =
        [
            new(FusedKernels.None), new(FusedKernels.Linear), new(FusedKernels.Norm), new(FusedKernels.SwiGlu),
            new(FusedKernels.Attention), new(FusedKernels.Loss), new(FusedKernels.All),
            new(FusedKernels.All, ComputeType.BFloat16), new(FusedKernels.None, ComputeType.BFloat16),
        ],
        PlanCases = KernelCase.FromPlan,
        Subject = (c, at) =>
        {
            var weights = ModelCase.Weights(c.Sizes.Config, at);
            var model = new LanguageModel(weights, c.TypeAt(at), c.Kernels);
            return new SubjectModel(
                weights,
                ids => model.Forward(ids),
                (ids, targets) => model.ComputeLossSum(ids, targets),
                model);
        },
        Holds = (model, kernels, at) =>
        {
            var (c, type) = (kernels.Sizes, kernels.TypeAt(at));
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles()).Run(ids.Longs(), targets.Longs(), c.Batch);
            var sum = expected.Loss * CrossEntropyOracle.CountTargets(targets.Longs());
            model.Backward(ids, targets);
            return Verdict.All(
            [
                Verdict.AtMost(
                    c.Allowed(type), Math.Abs(model.Losses(ids, targets).sum().ToDouble() - sum) / sum, "loss, |Δ| ÷ loss"),
                .. model.Parameters.Names.Select(name => Verdict.AtMost(
                    c.AllowedGradient(type),
                    model.Gradient(name)?.RelativeTo(expected.Gradients[name]) ?? double.NaN,
                    $"gradient of {name}, max|Δ| ÷ max|g|")),
            ]);
        },
        Impostors = new()
        {
            ["chunks of the loss have equal weights"] = (c, at) => WithLoss(c, at, losses =>
            {
                var rows = losses.flatten();
                var half = rows.numel() * 7 / 8;
                return (rows.narrow(0, 0, half).mean() + rows.narrow(0, half, rows.numel() - half).mean()) / 2 * rows.numel();
            }),
            ["the last chunk of the loss is dropped"] = (c, at) =>
                WithLoss(c, at, losses => losses.flatten().narrow(0, 0, losses.numel() * 7 / 8).sum()),
            [BugName.Format(LayerBug.SeesOneAhead)] = Planted(LayerBug.SeesOneAhead),
            [BugName.Format(LayerBug.SlopesByKeyValueHead)] = Planted(LayerBug.SlopesByKeyValueHead),
            [BugName.Format(LayerBug.KeyValueHeadsTiled)] = Planted(LayerBug.KeyValueHeadsTiled),
            [BugName.Format(ModelBug.NormStatisticsDetached)] = Planted(ModelBug.NormStatisticsDetached),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [KRN_01_Oracle];

    private static Func<KernelCase, Conditions, SubjectModel> Planted(PlantedBug bug) =>
        (c, at) => SubjectModel.Planted(ModelCase.Weights(c.Sizes.Config, at), bug, at);

    private static SubjectModel WithLoss(KernelCase c, Conditions at, Func<Tensor, Tensor> combine)
    {
        var weights = ModelCase.Weights(c.Sizes.Config, at);
        var model = new LanguageModel(weights, at.ComputeType, FusedKernels.None);
        return new SubjectModel(
            weights,
            ids => model.Forward(ids),
            (ids, targets) => combine(model.ComputeLosses(ids, targets)),
            model);
    }
}
