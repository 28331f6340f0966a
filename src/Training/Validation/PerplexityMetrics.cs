namespace TurkishLlm.Training.Validation;

/// <summary>Loss, bits per byte and perplexity of a model on validation text.</summary>
/// <param name="Windows">The windows, in the order of the text.</param>
/// <remarks>Spec: EVL-01, EVL-05.</remarks>
public sealed record PerplexityMetrics(IReadOnlyList<WindowLoss> Windows)
{
    private const int MinimumWindows = 4;

    /// <summary>Total loss of all tokens, in nats.</summary>
    public double Nats => Windows.Sum(window => window.Nats);

    /// <summary>Number of predicted tokens.</summary>
    public long Tokens => Windows.Sum(window => (long)window.Tokens);

    /// <summary>Bytes of text of these tokens.</summary>
    public long Bytes => Windows.Sum(window => window.Bytes);

    /// <summary>Nats per token; every token has the same weight.</summary>
    public double Loss => Nats / Tokens;

    /// <summary>
    /// Bits per byte of text, which does not depend on the tokenizer. Document borders cost bits and have no bytes.
    /// </summary>
    public double BitsPerByte => Nats / Math.Log(2) / Bytes;

    /// <summary>Perplexity: e to the power of the loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>
    /// The 95 % confidence interval of the loss for other windows of the same text. Null for fewer than four windows.
    /// </summary>
    /// <remarks>
    /// The loss is a ratio of two sums, so its variance is that of nats − loss · tokens. Adjacent windows may belong to one
    /// document and are not independent: their covariance counts too, with Bartlett's weights over ∛n neighbors (Newey and West
    /// 1987), unless that would make the interval narrower. The quantile is Student's for n − 1 (Abramowitz and Stegun 26.7.5).
    /// </remarks>
    public (double Low, double High)? LossInterval
    {
        get
        {
            var n = Windows.Count;
            if (n < MinimumWindows) return null;
            var loss = Loss;
            double[] rest = [.. Windows.Select(window => window.Nats - loss * window.Tokens)];
            var independent = Covariance(rest, 0);
            var (lags, sum) = ((int)Math.Cbrt(n), independent);
            for (var lag = 1; lag <= lags; lag++) sum += 2 * (1 - lag / (lags + 1.0)) * Covariance(rest, lag);
            var error = Math.Sqrt(Math.Max(sum, independent) * n / (n - 1)) / Tokens;
            var half = Quantile(n - 1) * error;
            return (loss - half, loss + half);
        }
    }

    private static double Covariance(double[] rest, int lag)
    {
        var sum = 0.0;
        for (var i = lag; i < rest.Length; i++) sum += rest[i] * rest[i - lag];
        return sum;
    }

    private static double Quantile(int freedom)
    {
        const double z = 1.959964;
        double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
        return z + (z3 + z) / (4.0 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96.0 * freedom * freedom)
            + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384.0 * freedom * freedom * freedom);
    }
}

/// <summary>Loss of one validation window.</summary>
/// <param name="Nats">Total loss of its tokens.</param>
/// <param name="Tokens">Number of predicted tokens, without padding.</param>
/// <param name="Bytes">Bytes of text of these tokens.</param>
public readonly record struct WindowLoss(double Nats, int Tokens, long Bytes);
