namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Cross-entropy of next-token logits in float64: stable, with ignored targets.</summary>
/// <remarks>
/// For a row z with target y ≠ −1: loss = log Σᵥ e^(zᵥ − m) + m − z_y with m = max z; the mean is over the N counted
/// rows. Gradient of the mean: (softmax(z) − onehot(y))/N for counted rows, 0 for ignored ones.
/// Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 4.3.4.
/// </remarks>
public static class CrossEntropyOracle
{
    /// <summary>The target that does not count.</summary>
    public const long IgnoreIndex = -1;

    /// <summary>Loss of each row in nats; 0 where the target is ignored.</summary>
    /// <param name="logits"><c>[rows, vocabulary]</c>.</param>
    /// <param name="targets"><c>[rows]</c>, ids or <see cref="IgnoreIndex"/>.</param>
    /// <returns><c>[rows]</c>.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit one another, or a target is not an id.</exception>
    public static double[] TokenLosses(double[] logits, long[] targets)
    {
        var vocabulary = Vocabulary(logits, targets);
        var losses = new double[targets.Length];
        for (var r = 0; r < targets.Length; r++)
            if (targets[r] != IgnoreIndex)
                losses[r] = LogSumExp(logits, r * vocabulary, vocabulary) - logits[r * vocabulary + targets[r]];
        return losses;
    }

    /// <summary>Computes the mean loss over the counted targets, in nats, or NaN.</summary>
    /// <param name="logits"><c>[rows, vocabulary]</c>.</param>
    /// <param name="targets"><c>[rows]</c>, ids or <see cref="IgnoreIndex"/>.</param>
    /// <exception cref="ArgumentException">Lengths do not fit one another, or a target is not an id.</exception>
    public static double Mean(double[] logits, long[] targets)
    {
        var sum = 0.0;
        foreach (var loss in TokenLosses(logits, targets)) sum += loss;
        return sum / CountTargets(targets);
    }

    /// <summary>Gradient of the summed loss divided by a count, by the logits.</summary>
    /// <param name="logits"><c>[rows, vocabulary]</c>.</param>
    /// <param name="targets"><c>[rows]</c>, ids or <see cref="IgnoreIndex"/>.</param>
    /// <param name="count">The divisor (default: the number of counted targets, for the gradient of the mean).</param>
    /// <returns><c>[rows, vocabulary]</c>.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit one another, or a target is not an id.</exception>
    public static double[] Backward(double[] logits, long[] targets, double? count = null)
    {
        var vocabulary = Vocabulary(logits, targets);
        var divisor = count ?? CountTargets(targets);
        var gradient = new double[logits.Length];
        for (var r = 0; r < targets.Length; r++)
        {
            if (targets[r] == IgnoreIndex) continue;
            var row = r * vocabulary;
            var logSum = LogSumExp(logits, row, vocabulary);
            for (var i = 0; i < vocabulary; i++)
                gradient[row + i] = (Math.Exp(logits[row + i] - logSum) - (i == targets[r] ? 1 : 0)) / divisor;
        }
        return gradient;
    }

    /// <summary>Number of targets that are counted.</summary>
    public static int CountTargets(long[] targets)
    {
        var counted = 0;
        foreach (var target in targets)
            if (target != IgnoreIndex) counted++;
        return counted;
    }

    private static double LogSumExp(double[] z, int start, int length)
    {
        var largest = double.NegativeInfinity;
        for (var i = 0; i < length; i++) largest = Math.Max(largest, z[start + i]);
        var sum = 0.0;
        for (var i = 0; i < length; i++) sum += Math.Exp(z[start + i] - largest);
        return largest + Math.Log(sum);
    }

    private static int Vocabulary(double[] logits, long[] targets)
    {
        var vocabulary = ArrayLength.Rows(logits, targets.Length, nameof(logits));
        foreach (var target in targets)
            if (target != IgnoreIndex && (target < 0 || target >= vocabulary))
                throw new ArgumentException(FormattableString.Invariant(
                    $"Target {target} is not an id: ids are 0 … {vocabulary - 1}, and {IgnoreIndex} is ignored."),
                nameof(targets));
        return vocabulary;
    }
}
