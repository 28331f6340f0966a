using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// 1 if the answer ends with the number of the reference, otherwise 0: the number after <c>####</c> if the reference has that
/// mark, otherwise the last number of both. 1.234,5 and 1234,5 are the same number.
/// </summary>
public sealed class FinalNumberReward : ReferenceReward
{
    /// <inheritdoc/>
    public override string Name => "final_number";

    /// <inheritdoc/>
    protected override double Compare(AnsweredQuestion sample, string reference)
    {
        var isMarked = FinalNumber.IsMarked(reference);
        var expected = isMarked ? FinalNumber.FindMarked(reference) : FinalNumber.FindLast(reference);
        var given = isMarked ? FinalNumber.FindMarked(sample.Answer) : FinalNumber.FindLast(sample.Answer);
        return given is not null && given == expected ? 1 : 0;
    }
}
