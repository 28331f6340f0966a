using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The whole model: P36, P37, P39, P41, NUM-01 … NUM-03, NRM-06.</summary>
public static class ModelSpec
{
    public static readonly Requirement<ModelCase, SubjectModel> P36_LogitsShape = new()
    {
        Id = "P36",
        Statement = "There is a logit for every token of the vocabulary at every position: [batch, time, vocabulary].",
        Source = "Reference report, section 11, test 36",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
            Verdict.Equal($"[{c.Batch}, {c.Time}, {c.Vocabulary}]", model.Logits(c.Ids(at)).FormatShape(), "shape"),
        Impostors = Changed(new()
        {
            ["the last position only"] = (logits, c) => logits.narrow(1, c.Time - 1, 1),
            ["vocabulary before time"] = (logits, _) => logits.transpose(1, 2),
            ["rows joined"] = (logits, _) => logits.flatten(0, 1),
        }),
    };

    public static readonly Requirement<ModelCase, SubjectModel> P37_LossShape = new()
    {
        Id = "P37",
        Statement = "Every target has its own loss: [batch, time], float32, greater than 0 if the target counts and exactly 0 if "
            + "it is ignored.",
        Source = "Reference report, section 11, test 37",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var targets = c.Targets(at);
            var losses = model.Losses(c.Ids(at), targets);
            if (losses.FormatShape() != targets.FormatShape())
                return Verdict.Equal(targets.FormatShape(), losses.FormatShape(), "shape");
            var wrong = losses
                .Doubles()
                .Zip(targets.Longs(), (loss, target) =>
                    target == CrossEntropy.IgnoreIndex ? loss != 0 : !(loss > 0 && double.IsFinite(loss)))
                .Count(bad => bad);
            return Verdict.All(
                Verdict.Equal(float32, losses.dtype, "number type"),
                Verdict.Equal(0, wrong, "positions with a wrong loss"));
        },
        Impostors = WithLosses(new()
        {
            ["one mean for all"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets).mean(),
            ["rows joined"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets).flatten(),
            ["ignored targets count as id 0"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["in bfloat16"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets).to(bfloat16),
        }),
    };

    public static readonly Requirement<ModelCase, SubjectModel> P39_GradientFlow = new()
    {
        Id = "P39",
        Statement = "Every weight has a gradient that is finite and not zero.",
        Source = "Reference report, section 11, test 39; probe P-INVENTORY; BUG-LOS-08, BUG-NRM-11, BUG-PLB-01",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            model.Backward(c.Ids(at), c.Ids(at, salt: 3));       // every target counts: the first position alone needs no query
            return Verdict.All(model.Parameters.Names.SelectMany<string, Verdict>(name =>
            {
                var gradient = model.Gradient(name);
                var largest = gradient?.Select(Math.Abs).Aggregate(0.0, Math.Max) ?? 0;
                return [Verdict.Between(1e-9, 1e9, largest, $"largest gradient of {name}")];
            }));
        },
        Impostors = SubjectModel.With(
            LayerBug.UpUnused,
            ModelBug.GraphCut, ModelBug.NoFinalNorm, ModelBug.OneBlockShared, ModelBug.LastBlockSkipped,
            LayerBug.NoOutputProjection, ModelBug.OneNormOnly, LayerBug.ScoresDetached),
    };

    public static readonly Requirement<ModelCase, SubjectModel> P41_Finite = new()
    {
        Id = "P41",
        Statement = "Logits, losses and gradients are finite, even with scores in the thousands and logits in the hundreds.",
        Source = "Reference report, section 11, test 41; BUG-NUM-10",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            foreach (var (name, factor) in model.Parameters.Names.Select(n => (n, Factor(n))).Where(f => f.Item2 != 1))
            {
                using var grad = no_grad();
                model.Parameters[name].mul_(factor);
            }
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            model.Backward(ids, targets);
            return Verdict.All(
            [
                Bounded(model.Logits(ids).Doubles(), "logits"), Bounded(model.Losses(ids, targets).Doubles(), "losses"),
                .. model.Parameters.Names.Select(name => Bounded(model.Gradient(name) ?? [double.NaN], $"gradient of {name}")),
            ]);

            static double Factor(string name) =>
                name.Contains("q_proj", StringComparison.Ordinal) || name.Contains("k_proj", StringComparison.Ordinal) ? 40
                : name == "norm.weight" ? 1000
                : 1;
            static Verdict Bounded(double[] values, string what) =>
                Verdict.AtMost(float.MaxValue, values.Select(Math.Abs).Aggregate(0.0, Math.Max), $"largest of {what}");
        },
        Impostors = new(WithLosses(new()
        {
            ["exponentials without subtracting the maximum"] = (logits, targets) =>
                logits.exp().sum(-1).log() - logits.gather(2, targets.clamp(min: 0).unsqueeze(-1)).squeeze(-1),
            ["logarithm of the softmax"] = (logits, targets) =>
                -logits.softmax(-1).log().gather(2, targets.clamp(min: 0).unsqueeze(-1)).squeeze(-1),
        }))
        {
            [BugName.Format(LayerBug.UnstableSoftmax)] = SubjectModel.Planted(LayerBug.UnstableSoftmax),
        },
    };

    public static readonly Requirement<ModelCase, SubjectModel> NRM_06_FinalNorm = new()
    {
        Id = "NRM-06",
        Statement = "There is a norm before the head: doubling its weight doubles every logit exactly.",
        Source = "BUG-NRM-04: speculators PR #313",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            using var grad = no_grad();
            var before = model.Logits(c.Ids(at));
            model.Parameters["norm.weight"].mul_(2);
            return Verdict.AtMost(0, model.Logits(c.Ids(at)).LargestDifference(before * 2), "error of the logits");
        },
        Impostors = SubjectModel.With(ModelBug.NoFinalNorm),
    };

    public static readonly Requirement<ModelCase, SubjectModel> NUM_01_Logits = new()
    {
        Id = "NUM-01",
        Statement = "The logits of the whole model equal the float64 oracle's.",
        Source = "Probe P-ORACLE; TOL-MODEL",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            using var grad = no_grad();
            var ids = c.Ids(at);
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles()).Logits(ids.Longs(), c.Batch);
            return Verdict.AtMost(c.Allowed(at), model.Logits(ids).RelativeTo(expected), "max|Δ| ÷ max|logit|");
        },
        Impostors = SubjectModel.With([.. OutputChangingBugs]),
    };

    public static readonly Requirement<ModelCase, SubjectModel> NUM_02_EveryGradient = new()
    {
        Id = "NUM-02",
        Statement = "The gradient of every weight of the whole model equals the float64 oracle's.",
        Source = "Probe P-ORACLE; TOL-MODEL: the loss alone detects almost nothing",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            model.Backward(ids, targets);
            var expected = new TransformerOracle(c.Sizes, model.Parameters.Doubles())
                .Run(ids.Longs(), targets.Longs(), c.Batch)
                .Gradients;
            return Verdict.All(model.Parameters.Names.Select(name => Verdict.AtMost(
                c.AllowedGradient(at),
                model.Gradient(name)?.RelativeTo(expected[name]) ?? double.NaN, $"gradient of {name}, max|Δ| ÷ max|g|")));
        },
        Impostors = SubjectModel.With([
            .. OutputChangingBugs, LayerBug.ScoresDetached, ModelBug.NormStatisticsDetached, ModelBug.GraphCut,
            ModelBug.InputUntied,
        ]),
    };

    public static readonly Requirement<ModelCase, SubjectModel> NUM_03_NumberTypes = new()
    {
        Id = "NUM-03",
        Statement = "Logits, losses, weights and gradients are float32, regardless of the compute type.",
        Source = "Reference report, section 12 (float32 masters); BUG-NUM-02, BUG-NUM-06, BUG-ACC-10, BUG-LOS-07",
        CanonicalCases = ModelCase.Usual,
        PlanCases = ModelCase.FromPlan,
        Subject = SubjectModel.Real,
        Holds = (model, c, at) =>
        {
            var (ids, targets) = (c.Ids(at), c.Targets(at));
            model.Backward(ids, targets);
            return Verdict.All(
            [
                Verdict.Equal(float32, model.Logits(ids).dtype, "logits"),
                Verdict.Equal(float32, model.Losses(ids, targets).dtype, "losses"),
                .. model.Parameters.Names.SelectMany<string, Verdict>(name =>
                {
                    using var gradient = model.Parameters[name].grad;
                    return
                    [
                        Verdict.Equal(float32, model.Parameters[name].dtype, name),
                        Verdict.Equal<ScalarType?>(float32, gradient?.dtype, $"gradient of {name}"),
                    ];
                }),
            ]);
        },
        Impostors = new(WithLosses(new()
        {
            ["the loss is in bfloat16"] = (logits, targets) => CrossEntropy.ComputePerToken(logits, targets).to(bfloat16),
        }))
        {
            ["logits are in bfloat16"] = (c, at) =>
            {
                var model = SubjectModel.Real(c, at);
                return new(model.Parameters, ids => model.Logits(ids).to(bfloat16), model.Losses);
            },
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            P36_LogitsShape, P37_LossShape, P39_GradientFlow, P41_Finite, NRM_06_FinalNorm, NUM_01_Logits, NUM_02_EveryGradient,
            NUM_03_NumberTypes,
        ];

    // Bugs that change logits beyond rounding on both usual cases.
    private static IEnumerable<PlantedBug> OutputChangingBugs =>
    [
        LayerBug.SeesOneAhead,
        LayerBug.NoMask, LayerBug.TransposedDistances, LayerBug.SoftFuture, LayerBug.FiniteMask,
        LayerBug.AlibiSignFlipped,
        LayerBug.NoAlibi,
        LayerBug.SlopesFromZero, LayerBug.SlopesByKeyValueHead, LayerBug.KeyValueHeadsTiled,
        LayerBug.FirstKeyValueHeadOnly,
        LayerBug.KeyValueHeadsOfNextGroup,
        LayerBug.SoftmaxOverQueries, LayerBug.RoundedSoftmax, LayerBug.MaskAfterSoftmax, LayerBug.ScoresNotScaled,
        LayerBug.ScoresScaledByWidth,
        LayerBug.HeadsMergedWithoutTranspose, LayerBug.NoOutputProjection, ModelBug.NoFinalNorm, ModelBug.PostNorm,
        ModelBug.ResidualFromNormed,
        ModelBug.NoResidual, ModelBug.OneNormOnly, ModelBug.ParallelBranches, ModelBug.RmsOverTime,
        ModelBug.RmsOverBatch,
        ModelBug.EpsilonOutsideRoot,
        ModelBug.LayerNorm, LayerBug.GateAndUpSwapped, LayerBug.UpUnused, LayerBug.GeluForSilu, LayerBug.SigmoidGate,
        LayerBug.SiluOfProduct, ModelBug.OneBlockShared, ModelBug.LastBlockSkipped,
    ];

    /// <summary>Creates impostors that apply a change to the correct logits.</summary>
    internal static Impostors<ModelCase, SubjectModel> Changed(Dictionary<string, Func<Tensor, ModelCase, Tensor>> changes) =>
        Impostors<ModelCase, SubjectModel>.Create(changes, change => (c, at) =>
        {
            var model = SubjectModel.Real(c, at);
            return new(model.Parameters, ids => change(model.Logits(ids), c), model.Losses);
        });

    /// <summary>Creates impostors that compute a wrong loss from the correct logits.</summary>
    internal static Impostors<ModelCase, SubjectModel> WithLosses(Dictionary<string, Func<Tensor, Tensor, Tensor>> losses) =>
        Impostors<ModelCase, SubjectModel>.Create(losses, loss => (c, at) =>
        {
            var model = SubjectModel.Real(c, at);
            return new(model.Parameters, model.Logits, (ids, targets) => loss(model.Logits(ids), targets));
        });
}
