using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>F1 over the fields of a JSON object, compared with those of the reference; 0 if the answer is not one.</summary>
public sealed class FieldsReward : ReferenceReward
{
    /// <inheritdoc/>
    public override string Name => "fields";

    /// <inheritdoc/>
    protected override double Compare(AnsweredQuestion sample, string reference) => FieldMatch.F1(sample.Answer, reference);
}
