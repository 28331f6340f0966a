using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Cross-entropy: LOS.</summary>
public static class LossSpec
{
    public static readonly Requirement<LossCase, LossFunction> LOS_01_Oracle = LossRequirements.Oracle.For(Real, FromPlan);

    public static readonly Requirement<LossCase, LossFunction> LOS_02_Gradient = LossRequirements.Gradient.For(Real, FromPlan);

    public static readonly Requirement<LossCase, LossFunction> LOS_03_IgnoredContent =
        LossRequirements.IgnoredContent.For(Real, FromPlan);

    public static readonly Requirement<LossCase, LossFunction> LOS_04_Shift = LossRequirements.Shift.For(Real);

    public static readonly Requirement<LossCase, LossFunction> LOS_05_LargeLogits =
        LossRequirements.LargeLogits.For(Real, at => [FromPlan(at)[0] with { Scale = 1000 }]);

    public static readonly Requirement<LossCase, LossFunction> LOS_06_BFloat16Logits =
        LossRequirements.BFloat16Logits.For(Real, FromPlan);

    public static readonly Requirement<ModelCase, SubjectModel> LOS_07_WholeModel = new()
    {
        Id = "LOS-07",
        Statement = "The losses of the whole model for inputs and targets equal the float64 oracle's at every position.",
        Source = "Probe P-ORACLE; BUG-LOS-02, BUG-LOS-06, BUG-LOS-10; TOL-LOSS and TOL-MODEL",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            using var grad = no_grad();
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles()).Run(ids.Longs(), targets.Longs(), c.Batch);
            var largest = expected.Logits.Max(Math.Abs);
            return Verdict.AtMost(
                Tolerance.Loss(ScalarType.Float32, c.Vocabulary, largest) + 2 * c.Allowed(at) * largest,
                model.Losses(ids, targets).Doubles().LargestDifference(expected.TokenLosses), "largest difference, nats");
        },
        Impostors = new(ModelSpec.WithLosses(new()
        {
            ["shifts a second time"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.roll(-1, 1)),
            ["ignored targets count as id 0"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["divided by the length"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets) / targets.size(1),
        }))
        {
            ["no final norm"] = SubjectModel.Planted(ModelBug.NoFinalNorm),
        },
    };

    public static readonly Requirement<ModelCase, SubjectModel> LOS_08_Padding = new()
    {
        Id = "LOS-08",
        Statement = "Changing padding tokens, the targets of which are ignored, changes no loss and no gradient.",
        Source = "Probe P-PAD; BUG-LOS-03, BUG-LOS-06, BUG-ATT-14",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            const int padding = 3;
            var (ids, targets) = (c.Ids(at), c.Ids(at, salt: 3));
            targets.narrow(1, c.Time - padding, padding).fill_(CrossEntropy.IgnoreIndex);
            var other = ids.clone();
            other.narrow(1, c.Time - padding, padding).copy_(c.Ids(at, salt: 8).narrow(1, 0, padding));

            var first = model.Losses(ids, targets).Doubles();
            model.Backward(ids, targets);
            var gradients = model.Parameters.Names.ToDictionary(name => name, model.Gradient);
            var second = model.Losses(other, targets).Doubles();
            model.Backward(other, targets);
            // On a GPU, sums are added in any order.
            var allowed = at.Device.type == DeviceType.CPU ? 0 : c.AllowedGradient(at);
            return Verdict.All(
            [
                Verdict.AtMost(0, first.LargestDifference(second), "change of the losses"),
                .. model.Parameters.Names.Select(name => Verdict.AtMost(
                    allowed,
                    (model.Gradient(name) ?? []).RelativeTo(gradients[name] ?? []), $"change of the gradient of {name}")),
            ]);
        },
        Impostors = new(ModelSpec.WithLosses(new()
        {
            ["ignored targets count as id 0"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["an extra term on all logits"] = (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets) + logits.logsumexp(-1).square().mean() * 1e-4,
        }))
        {
            ["no mask"] = SubjectModel.Planted(LayerBug.NoMask),
            ["sees one ahead"] = SubjectModel.Planted(LayerBug.SeesOneAhead),
            ["rms over time"] = SubjectModel.Planted(ModelBug.RmsOverTime),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            LOS_01_Oracle, LOS_02_Gradient, LOS_03_IgnoredContent, LOS_04_Shift, LOS_05_LargeLogits, LOS_06_BFloat16Logits,
            LOS_07_WholeModel, LOS_08_Padding,
        ];

    private static LossFunction Real(LossCase c, Conditions at) => CrossEntropy.ComputePerToken;

    // The vocabulary of the run's model.
    private static IReadOnlyList<LossCase> FromPlan(Conditions at) => [new(2, 5, at.Model.VocabSize, 4)];
}
