using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>
/// The requirements of a mean cross-entropy, MLS-01 and MLS-02, and the losses of every position that it computes.
/// </summary>
public static class MeanLossRequirements
{
    private const long Ignored = CrossEntropyOracle.IgnoreIndex;

    /// <summary>MLS-01.</summary>
    public static Requirement<LossCase, MeanLoss> Mean { get; } = new()
    {
        Id = "MLS-01",
        Statement = "The mean loss is the sum of the losses of all counted targets divided by their number.",
        Source = "BUG-ACC-01: means of rows that count unequal numbers of targets; TOL-LOSS",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => OfLibtorch,
        Holds = (mean, c, at) =>
        {
            var (logits, targets) = (c.Logits(at), UnequalTargets(c, at));
            var (values, ids) = (logits.Doubles(), targets.Longs());
            var expected = CrossEntropyOracle.Mean(values, ids);
            var rounding = Tolerance.Sum(ScalarType.Float32, CrossEntropyOracle.CountTargets(ids)) * expected;
            return Verdict.AtMost(
                Tolerance.Loss(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs)) + rounding,
                Math.Abs(mean(logits, targets).to(float64).item<double>() - expected), "difference of the mean, nats");
        },
        Impostors = new()
        {
            ["divided by all positions"] = (_, _) => (logits, targets) =>
                OfLibtorch(logits, targets) * Count(targets) / targets.numel(),
            ["mean of the means of rows"] = (_, _) => ByRows,
            ["the sum"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets) * Count(targets),
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets.clamp(min: 0)),
            ["in bits"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets) / Math.Log(2),
            ["shifts a second time"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets.roll(-1, 1)),
        },
    };

    /// <summary>MLS-02.</summary>
    public static Requirement<LossCase, MeanLoss> Gradient { get; } = new()
    {
        Id = "MLS-02",
        Statement = "The gradient of the mean loss is softmax minus one-hot divided by the number of counted targets, and "
            + "exactly 0 where the target is ignored.",
        Source = "Bishop 2006, section 4.3.4; TOL-SOFTMAX and two roundings of the quotient",
        CanonicalCases = LossCase.Usual,
        Subject = (_, _) => OfLibtorch,
        Holds = (mean, c, at) =>
        {
            var (logits, targets) = (c.Logits(at).detach().requires_grad_(), UnequalTargets(c, at));
            mean(logits, targets).backward();
            using var gradient = logits.grad;
            var (values, ids) = (logits.Doubles(), targets.Longs());
            var allowed = Tolerance.Softmax(ScalarType.Float32, c.Vocabulary, values.Max(Math.Abs))
                + 2 * Tolerance.Float32UnitRoundoff;
            return Verdict.All(
                Verdict.AtMost(
                    allowed / CrossEntropyOracle.CountTargets(ids),
                    gradient?.Doubles().LargestDifference(CrossEntropyOracle.Backward(values, ids)) ?? double.NaN,
                    "largest difference"),
                Verdict.AtMost(
                    0, LossRequirements.LargestWhereIgnored(gradient, targets), "largest gradient at an ignored target"));
        },
        Impostors = new()
        {
            ["divided by all positions"] = (_, _) => (logits, targets) =>
                OfLibtorch(logits, targets) * Count(targets) / targets.numel(),
            ["mean of the means of rows"] = (_, _) => ByRows,
            ["the sum"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets) * Count(targets),
            ["ignored targets count as id 0"] = (_, _) => (logits, targets) => OfLibtorch(logits, targets.clamp(min: 0)),
        },
    };

    /// <summary>MLS-01 and MLS-02; their subject is the cross-entropy of libtorch.</summary>
    public static IReadOnlyList<Requirement<LossCase, MeanLoss>> All { get; } = [Mean, Gradient];

    /// <summary>Returns the loss of every position: the mean where it is the only one that counts.</summary>
    /// <param name="mean">The mean loss.</param>
    public static LossFunction ByPosition(MeanLoss mean) => (logits, targets) =>
    {
        var ids = targets.Longs();
        var losses = new Tensor?[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == Ignored) continue;
            var others = full_like(targets, Ignored);
            others.view(-1)[i] = targets.view(-1)[i];
            losses[i] = mean(logits, others).squeeze();
        }
        var none = zeros_like(losses.OfType<Tensor>().First());
        return stack([.. losses.Select(loss => loss ?? none)]).view(targets.shape);
    };

    // One counted target in the last row, and two or more in the first.
    private static Tensor UnequalTargets(LossCase c, Conditions at)
    {
        var targets = c.Targets(at);
        targets[c.Batch - 1].fill_(Ignored);
        targets[c.Batch - 1, 0] = tensor(1L, device: at.Device);
        return targets;
    }

    private static Tensor OfLibtorch(Tensor logits, Tensor targets) => nn.functional.cross_entropy(
        logits.to(float32).flatten(0, 1), targets.flatten(), ignore_index: Ignored);

    private static Tensor ByRows(Tensor logits, Tensor targets) => stack(
    [
        .. from row in Enumerable.Range(0, (int)targets.size(0))
           select OfLibtorch(logits.narrow(0, row, 1), targets.narrow(0, row, 1)),
    ]).mean();

    private static Tensor Count(Tensor targets) => targets.ne(Ignored).sum();
}
