using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the loss of every position.</summary>
public delegate Tensor LossFunction(Tensor logits, Tensor targets);

/// <summary>Logits and targets.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions; unlike the rows, so that the two cannot be confused.</param>
/// <param name="Vocabulary">Entries.</param>
/// <param name="Scale">Standard deviation of the logits.</param>
public sealed record LossCase(int Batch, int Time, int Vocabulary, double Scale)
{
    /// <summary>The vocabulary of the run's model.</summary>
    internal static IReadOnlyList<LossCase> FromPlan(Conditions at) => [new(2, 5, at.Model.VocabSize, 4)];

    internal Tensor Logits(Conditions at, long salt = 70) => at.Normal(salt, Scale, Batch, Time, Vocabulary);

    internal Tensor Targets(Conditions at)
    {
        var targets = at.Ids(71, Vocabulary, Batch, Time).masked_fill(at.Ids(72, 3, Batch, Time).eq(0), CrossEntropy.IgnoreIndex);
        targets[0, 0] = tensor(CrossEntropy.IgnoreIndex, device: at.Device);
        targets[0, 1] = tensor(0L, device: at.Device);
        if (Time > 2) targets[0, 2] = tensor(Vocabulary - 1L, device: at.Device);
        return targets;
    }
}

/// <summary>Cross-entropy: LOS.</summary>
public static class LossSpec
{
    private static readonly IReadOnlyList<LossCase> Usual = [new(3, 7, 31, 3), new(2, 11, 300, 6)];

    public static readonly Requirement<LossCase, LossFunction> LOS_01_Oracle = new()
    {
        Id = "LOS-01",
        Statement = "The loss of every position equals the float64 oracle's, and is 0 where the target is ignored.",
        Source = "Bishop 2006, section 4.3.4; BUG-LOS-06, BUG-LOS-07, BUG-LOS-10, BUG-LOS-13; TOL-LOSS",
        CanonicalCases = Usual,
        PlanCases = LossCase.FromPlan,
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = EqualsOracle,
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["logits flattened time first"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits.transpose(0, 1).contiguous().view(logits.shape), targets),
            ["targets flattened time first"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets.t().contiguous().view(targets.shape)),
            ["logits rounded to bfloat16"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits.to(bfloat16), targets),
            ["label smoothing"] = (_, _) => (logits, targets) => nn.functional.cross_entropy(
                logits.flatten(0, 1),
                targets.flatten(), ignore_index: CrossEntropy.IgnoreIndex, reduction: nn.Reduction.None, label_smoothing: 0.1)
            .view(targets.shape),
            ["in bits"] = (_, _) => (logits, targets) => CrossEntropy.ComputePerToken(logits, targets) / Math.Log(2),
            ["the mean at every position"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets).mean().expand(targets.shape),
        },
    };

    public static readonly Requirement<LossCase, LossFunction> LOS_02_Gradient = new()
    {
        Id = "LOS-02",
        Statement = "The gradient with respect to the logits equals the float64 oracle's: softmax minus one-hot, and exactly 0 "
            + "where the target is ignored.",
        Source = "Bishop 2006, section 4.3.4; BUG-NUM-09; TOL-SOFTMAX",
        CanonicalCases = Usual,
        PlanCases = LossCase.FromPlan,
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = (loss, c, at) =>
        {
            var (logits, targets) = (c.Logits(at).detach().requires_grad_(), c.Targets(at));
            loss(logits, targets).sum().backward();
            using var gradient = logits.grad;
            var values = logits.Doubles();
            return Verdict.AtMost(
                Tolerance.Softmax(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs)),
                gradient?.Doubles().LargestDifference(CrossEntropyOracle.Backward(values, targets.Longs(), 1)) ?? double.NaN,
                "largest difference");
        },
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["the log-sum-exp carries no gradient"] = (_, _) => (logits, targets) =>
                MaskIgnored(logits.detach().logsumexp(-1) - GatherTargets(logits, targets), targets),
            ["the target's logit carries no gradient"] = (_, _) => (logits, targets) =>
                MaskIgnored(logits.logsumexp(-1) - GatherTargets(logits.detach(), targets), targets),
            ["logits rounded to bfloat16"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits.to(bfloat16), targets),
            ["the mean over all positions"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets) / targets.numel(),
        },
    };

    public static readonly Requirement<LossCase, LossFunction> LOS_03_IgnoredContent = new()
    {
        Id = "LOS-03",
        Statement = "Logits at an ignored target do not change a bit of any other loss or gradient.",
        Source = "BUG-LOS-06, area BUG-SFT: content under the mask",
        CanonicalCases = Usual,
        PlanCases = LossCase.FromPlan,
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = (loss, c, at) =>
        {
            var targets = c.Targets(at);
            var ignored = targets.eq(CrossEntropy.IgnoreIndex).unsqueeze(-1);
            var (first, firstGradient) = Measure(loss, c.Logits(at), targets);
            var (second, secondGradient) = Measure(loss, where(ignored, c.Logits(at, salt: 73), c.Logits(at)), targets);
            return Verdict.All(
                Verdict.AtMost(0, first.LargestDifference(second), "change of the losses"),
                Verdict.AtMost(0, firstGradient.LargestDifference(secondGradient), "change of the gradient"));
        },
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0)),
            ["ignored targets have a weight of 0.001"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets.clamp(min: 0))
                * (targets.ne(CrossEntropy.IgnoreIndex).to(float32) + 0.001),
            ["an extra term on all logits"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits, targets) + logits.logsumexp(-1).square().mean() * 1e-4,
        },
    };

    public static readonly Requirement<LossCase, LossFunction> LOS_04_Shift = new()
    {
        Id = "LOS-04",
        Statement = "Logits at a position are compared with the target of that position: predicting the next token with "
            + "certainty costs nothing, copying the input does.",
        Source = "BUG-LOS-02: alibaba/Megatron-LLaMA #53",
        CanonicalCases = [new(3, 7, 31, 1), new(2, 11, 300, 2.5)],
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = (loss, c, at) =>
        {
            // Even ids at even positions and odd ones at odd positions, so that neighbors differ.
            var text =
                at.Ids(74, c.Vocabulary / 2, c.Batch, c.Time + 1) * 2
                + tensor([.. Enumerable.Range(0, c.Time + 1).Select(t => t % 2L)]).to(at.Device);
            var (inputs, targets) = (text.narrow(1, 0, c.Time), text.narrow(1, 1, c.Time).contiguous());
            Tensor Certain(Tensor ids) => arange(0, c.Vocabulary, int64, at.Device).eq(ids.unsqueeze(-1)).to(float32) * 60;
            return Verdict.All(
                Verdict.AtMost(
                    1e-6, loss(Certain(targets), targets).Doubles().Max(),
                    "largest loss of predicting the next token with certainty"),
                Verdict.AtLeast(30, loss(Certain(inputs), targets).Doubles().Min(), "smallest loss of copying the input"));
        },
        Impostors = new()
        {
            ["shifts a second time"] = (_, _) => (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.roll(-1, 1)),
            ["shifts back"] = (_, _) => (logits, targets) => CrossEntropy.ComputePerToken(logits, targets.roll(1, 1)),
            ["shifts the logits"] = (_, _) => (logits, targets) => CrossEntropy.ComputePerToken(logits.roll(1, 1), targets),
        },
    };

    public static readonly Requirement<LossCase, LossFunction> LOS_05_LargeLogits = new()
    {
        Id = "LOS-05",
        Statement = "With logits of ten thousand the loss is finite and equals the float64 oracle's.",
        Source = "BUG-NUM-10; TOL-LOSS",
        CanonicalCases = [new(3, 7, 31, 10_000), new(2, 5, 300, 1_000)],
        PlanCases = at => [LossCase.FromPlan(at)[0] with { Scale = 1000 }],
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = EqualsOracle,
        Impostors = new()
        {
            ["exponentials without subtracting the maximum"] = (_, _) => (logits, targets) =>
                MaskIgnored(logits.exp().sum(-1).log() - GatherTargets(logits, targets), targets),
            ["logarithm of the softmax"] = (_, _) => (logits, targets) =>
                MaskIgnored(-GatherTargets(logits.softmax(-1).log(), targets), targets),
            ["logarithm of the softmax plus a constant"] = (_, _) => (logits, targets) =>
                MaskIgnored(-GatherTargets((logits.softmax(-1) + 1e-9).log(), targets), targets),
            ["logits capped at 100"] = (_, _) => (logits, targets) =>
                CrossEntropy.ComputePerToken(logits.clamp(-100, 100), targets),
        },
    };

    public static readonly Requirement<LossCase, LossFunction> LOS_06_BFloat16Logits = new()
    {
        Id = "LOS-06",
        Statement = "Logits in bfloat16 are converted first: the loss is float32 and as exact as for the same values in float32.",
        Source = "BUG-LOS-07: Modalities PR #464, transformers PR #34147",
        CanonicalCases = Usual,
        PlanCases = LossCase.FromPlan,
        Subject = (_, _) => CrossEntropy.ComputePerToken,
        Holds = (loss, c, at) =>
        {
            var (rounded, targets) = (c.Logits(at).to(bfloat16), c.Targets(at));
            var losses = loss(rounded, targets);
            var values = rounded.Doubles();
            return Verdict.All(
                Verdict.Equal(float32, losses.dtype, "number type"),
                Verdict.AtMost(
                    Tolerance.Loss(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs)),
                    losses.Doubles().LargestDifference(CrossEntropyOracle.TokenLosses(values, targets.Longs())),
                    "largest difference, nats"));
        },
        Impostors = new()
        {
            ["logarithm of the softmax in bfloat16"] = (_, _) => (logits, targets) =>
                MaskIgnored(-GatherTargets(logits.log_softmax(-1), targets), targets),
            ["converted afterwards"] = (_, _) => (logits, targets) =>
                MaskIgnored(-GatherTargets(logits.log_softmax(-1), targets), targets).to(float32),
        },
    };

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
            ["no final norm"] = SubjectModel.Planted(PlantedBug.NoFinalNorm),
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
            ["no mask"] = SubjectModel.Planted(PlantedBug.NoMask),
            ["sees one ahead"] = SubjectModel.Planted(PlantedBug.SeesOneAhead),
            ["rms over time"] = SubjectModel.Planted(PlantedBug.RmsOverTime),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            LOS_01_Oracle, LOS_02_Gradient, LOS_03_IgnoredContent, LOS_04_Shift, LOS_05_LargeLogits, LOS_06_BFloat16Logits,
            LOS_07_WholeModel, LOS_08_Padding,
        ];

    private static Verdict EqualsOracle(LossFunction loss, LossCase c, Conditions at)
    {
        var (logits, targets) = (c.Logits(at), c.Targets(at));
        var values = logits.Doubles();
        return Verdict.AtMost(
            Tolerance.Loss(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs)),
            loss(logits, targets).Doubles().LargestDifference(CrossEntropyOracle.TokenLosses(values, targets.Longs())),
            "largest difference, nats");
    }

    private static (Tensor Losses, Tensor Gradient) Measure(LossFunction loss, Tensor logits, Tensor targets)
    {
        var leaf = logits.detach().requires_grad_();
        var losses = loss(leaf, targets);
        losses.sum().backward();
        return (MaskIgnored(losses, targets), leaf.grad!);
    }

    private static Tensor GatherTargets(Tensor values, Tensor targets) =>
        values.gather(2, targets.clamp(min: 0).unsqueeze(-1)).squeeze(-1);

    private static Tensor MaskIgnored(Tensor losses, Tensor targets) =>
        losses.masked_fill(targets.eq(CrossEntropy.IgnoreIndex), 0);
}
