using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// 1 if the length of an answer is in a band; outside of it the ratio of the length to the nearer end of the band: length ÷
/// minimum below, maximum ÷ length above. So an answer that comes closer to the band always has a higher score.
/// </summary>
public sealed class LengthReward : IReward
{
    private readonly int _minimum, _maximum;
    private readonly LengthUnit _unit;

    /// <param name="minimum">Shortest length with the full score.</param>
    /// <param name="maximum">Longest length with the full score.</param>
    /// <param name="unit">Unit of both.</param>
    /// <exception cref="ArgumentException">The band is empty.</exception>
    public LengthReward(int minimum, int maximum, LengthUnit unit = LengthUnit.Words)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimum);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, Math.Max(1, minimum));
        (_minimum, _maximum, _unit) = (minimum, maximum, unit);
    }

    /// <inheritdoc/>
    public string Name => "length";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var length = _unit == LengthUnit.Tokens ? sample.Tokens : TurkishWords.Split(sample.Answer).Count;
        return length < _minimum ? (double)length / _minimum : length > _maximum ? (double)_maximum / length : 1;
    }
}
