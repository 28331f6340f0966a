using System.Text;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>An estimate of the tokens of a request before it is sent.</summary>
/// <param name="Request">The request.</param>
/// <param name="InputTokens">Estimated number of input tokens.</param>
/// <param name="OutputTokens">Estimated number of output tokens.</param>
/// <remarks>
/// Assumes 2.5 bytes of Turkish text per token and 150 tokens per pair, including JSON. With these values, the 707 groups and
/// 7,595 pairs of the reference report come to the $22 that it reports. Services use their own tokenizers; the upper bound of the
/// cost of a request is <see cref="ModelPrice.ComputeMaxCost"/>.
/// </remarks>
public sealed record Estimate(ModelRequest Request, long InputTokens, long OutputTokens)
{
    private const double BytesPerToken = 2.5;
    private const int TokensPerPair = 150;

    /// <summary>Estimates a request for the given number of pairs.</summary>
    public static Estimate Create(ModelRequest request, int pairs)
    {
        ArgumentNullException.ThrowIfNull(request);
        var bytes =
            Encoding.UTF8.GetByteCount(request.System)
            + Encoding.UTF8.GetByteCount(request.User)
            + Encoding.UTF8.GetByteCount(request.Schema);
        return new(request, (long)(bytes / BytesPerToken), pairs * TokensPerPair);
    }
}
