using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of the cross-entropy of every position: LOS-01 … LOS-06.</summary>
public static partial class LossRequirements
{
    private const long Ignored = CrossEntropyOracle.IgnoreIndex;

    /// <summary>LOS-01.</summary>
    public static Requirement<LossCase, LossFunction> Oracle { get; } = new()
    {
        Id = "LOS-01",
        Statement = "The loss of every position equals the float64 oracle's, and is 0 where the target is ignored.",
        Source = "Bishop 2006, section 4.3.4; BUG-LOS-06, BUG-LOS-07, BUG-LOS-10, BUG-LOS-13; TOL-LOSS",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => PerToken,
        Holds = EqualsOracle,
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets.clamp(min: 0)),
            ["logits flattened time first"] = (_, _) => (logits, targets) =>
                PerToken(logits.transpose(0, 1).contiguous().view(logits.shape), targets),
            ["targets flattened time first"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets.t().contiguous().view(targets.shape)),
            ["logits rounded to bfloat16"] = (_, _) => (logits, targets) =>
                PerToken(logits.to(bfloat16), targets),
            ["label smoothing"] = (_, _) => (logits, targets) => nn.functional.cross_entropy(
                logits.flatten(0, 1),
                targets.flatten(), ignore_index: Ignored, reduction: nn.Reduction.None, label_smoothing: 0.1)
            .view(targets.shape),
            ["in bits"] = (_, _) => (logits, targets) => PerToken(logits, targets) / Math.Log(2),
            ["the mean at every position"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets).mean().expand(targets.shape),
        },
    };

    /// <summary>LOS-02.</summary>
    public static Requirement<LossCase, LossFunction> Gradient { get; } = new()
    {
        Id = "LOS-02",
        Statement = "The gradient with respect to the logits equals the float64 oracle's: softmax minus one-hot, and exactly 0 "
            + "where the target is ignored.",
        Source = "Bishop 2006, section 4.3.4; BUG-NUM-09; TOL-SOFTMAX",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => PerToken,
        Holds = (loss, c, at) =>
        {
            var (logits, targets) = (c.Logits(at).detach().requires_grad_(), c.Targets(at));
            loss(logits, targets).sum().backward();
            using var gradient = logits.grad;
            var values = logits.Doubles();
            return Verdict.All(
                Verdict.AtMost(
                    Tolerance.Softmax(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs)),
                    gradient?.Doubles().LargestDifference(CrossEntropyOracle.Backward(values, targets.Longs(), 1)) ?? double.NaN,
                    "largest difference"),
                Verdict.AtMost(0, LargestWhereIgnored(gradient, targets), "largest gradient at an ignored target"));
        },
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets.clamp(min: 0)),
            ["the log-sum-exp carries no gradient"] = (_, _) => (logits, targets) =>
                MaskIgnored(logits.detach().logsumexp(-1) - GatherTargets(logits, targets), targets),
            ["the target's logit carries no gradient"] = (_, _) => (logits, targets) =>
                MaskIgnored(logits.logsumexp(-1) - GatherTargets(logits.detach(), targets), targets),
            ["logits rounded to bfloat16"] = (_, _) => (logits, targets) =>
                PerToken(logits.to(bfloat16), targets),
            ["the mean over all positions"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets) / targets.numel(),
        },
    };

    /// <summary>Returns the largest |gradient| of logits with an ignored target; NaN without a gradient.</summary>
    internal static double LargestWhereIgnored(Tensor? gradient, Tensor targets) => gradient is null
        ? double.NaN
        : gradient.masked_select(targets.eq(Ignored).unsqueeze(-1)).Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max);

    /// <summary>All of them; their subject is the cross-entropy of libtorch on float32 logits.</summary>
    public static IReadOnlyList<Requirement<LossCase, LossFunction>> All =>
        [Oracle, Gradient, IgnoredContent, Shift, LargeLogits, BFloat16Logits];

    private static Tensor PerToken(Tensor logits, Tensor targets) => nn.functional.cross_entropy(
        logits.to(float32).flatten(0, 1), targets.flatten(), ignore_index: Ignored, reduction: nn.Reduction.None)
        .view(targets.shape);

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
        losses.masked_fill(targets.eq(Ignored), 0);
}
