using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public static partial class LossRequirements
{
    /// <summary>LOS-03.</summary>
    public static Requirement<LossCase, LossFunction> IgnoredContent { get; } = new()
    {
        Id = "LOS-03",
        Statement = "Logits at an ignored target do not change a bit of any other loss or gradient.",
        Source = "BUG-LOS-06, area BUG-SFT: content under the mask",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => PerToken,
        Holds = (loss, c, at) =>
        {
            var targets = c.Targets(at);
            var ignored = targets.eq(Ignored).unsqueeze(-1);
            var (first, firstGradient) = Measure(loss, c.Logits(at), targets);
            var (second, secondGradient) = Measure(loss, where(ignored, c.Logits(at, salt: 73), c.Logits(at)), targets);
            return Verdict.All(
                Verdict.AtMost(0, first.LargestDifference(second), "change of the losses"),
                Verdict.AtMost(0, firstGradient.LargestDifference(secondGradient), "change of the gradient"));
        },
        Impostors = new()
        {
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets.clamp(min: 0)),
            ["ignored targets have a weight of 0.001"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets.clamp(min: 0))
                * (targets.ne(Ignored).to(float32) + 0.001),
            ["an extra term on all logits"] = (_, _) => (logits, targets) =>
                PerToken(logits, targets) + logits.logsumexp(-1).square().mean() * 1e-4,
        },
    };

    /// <summary>LOS-04.</summary>
    public static Requirement<LossCase, LossFunction> Shift { get; } = new()
    {
        Id = "LOS-04",
        Statement = "Logits at a position are compared with the target of that position: predicting the next token with "
            + "certainty costs nothing, copying the input does.",
        Source = "BUG-LOS-02: alibaba/Megatron-LLaMA #53",
        CanonicalCases = [new(3, 7, 31, 1), new(2, 11, 300, 2.5)],
        Subject = (_, _) => PerToken,
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
                    1e-6, loss(Certain(targets), targets).Doubles().Select(Math.Abs).Aggregate(0.0, Math.Max),
                    "largest loss of predicting the next token with certainty"),
                Verdict.AtLeast(30, loss(Certain(inputs), targets).Doubles().Min(), "smallest loss of copying the input"));
        },
        Impostors = new()
        {
            ["shifts a second time"] = (_, _) => (logits, targets) => PerToken(logits, targets.roll(-1, 1)),
            ["shifts back"] = (_, _) => (logits, targets) => PerToken(logits, targets.roll(1, 1)),
            ["shifts the logits"] = (_, _) => (logits, targets) => PerToken(logits.roll(1, 1), targets),
        },
    };

    /// <summary>LOS-05.</summary>
    public static Requirement<LossCase, LossFunction> LargeLogits { get; } = new()
    {
        Id = "LOS-05",
        Statement = "With logits of ten thousand the loss is finite and equals the float64 oracle's.",
        Source = "BUG-NUM-10; TOL-LOSS",
        CanonicalCases = [new(3, 7, 31, 10_000), new(2, 5, 300, 1_000)],
        Subject = (_, _) => PerToken,
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
                PerToken(logits.clamp(-100, 100), targets),
        },
    };

    /// <summary>LOS-06.</summary>
    public static Requirement<LossCase, LossFunction> BFloat16Logits { get; } = new()
    {
        Id = "LOS-06",
        Statement = "Logits in bfloat16 are converted first: the loss is float32 and as exact as for the same values in float32.",
        Source = "BUG-LOS-07: Modalities PR #464, transformers PR #34147",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => PerToken,
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
}
