using System.Text.RegularExpressions;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>1 if a regular expression matches the whole answer, otherwise 0.</summary>
/// <remarks>
/// The expression is matched without backtracking, so that no answer of a model can stall a run, and independent of the culture.
/// </remarks>
public sealed class PatternReward : IReward
{
    private readonly Regex _pattern;

    /// <param name="pattern">The regular expression; it must match the answer from its beginning to its end.</param>
    /// <exception cref="ArgumentException">The expression is invalid, or needs backtracking.</exception>
    public PatternReward(string pattern)
    {
        try
        {
            _pattern = new Regex(
                $@"\A(?:{pattern})\z",
                RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
                    | RegexOptions.Singleline);
        }
        catch (NotSupportedException)
        {
            throw new ArgumentException(
                "Backreferences, lookahead and lookbehind are not supported. Use an expression without them.", nameof(pattern));
        }
    }

    /// <inheritdoc/>
    public string Name => "pattern";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return _pattern.IsMatch(sample.Answer) ? 1 : 0;
    }
}
