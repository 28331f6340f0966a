using System.Globalization;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Plans;

/// <summary>Learning from conversations instead of running text: section <c>sft</c> of a plan.</summary>
/// <param name="Sources">Files of conversations.</param>
/// <remarks>Defaults: reference report on fine-tuning, sections 8 and 9.</remarks>
public sealed record SftPlan(IReadOnlyList<SftSource> Sources)
{
    /// <summary>Files whose questions are never learned, wherever they turn up.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>Share of the conversations that is held out.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>The task of conversations that set none; null for no task. Stored with the model.</summary>
    public string? System { get; init; }

    /// <summary>Which answers of a conversation are learned.</summary>
    public Supervision Supervise { get; init; } = Supervision.All;

    /// <summary>What becomes of conversations that do not fit.</summary>
    public ExcessLengthStrategy ExcessLength { get; init; } = ExcessLengthStrategy.Drop;

    /// <summary>True to leave out rows that cannot be read, and count them.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>True to put several conversations into a row, kept apart; false for one conversation a row, and padding.</summary>
    public bool Packing { get; init; } = true;

    /// <summary>Share of running text among the learned tokens, from the shards of the plan, against forgetting.</summary>
    public double TextShare { get; init; }

    /// <summary>What of it decides on the examples.</summary>
    /// <param name="plan">The plan it belongs to.</param>
    public SftOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Sources, plan.Training.SequenceLength)
        {
            GoldFiles = Gold,
            ValidationShare = ValidationShare,
            Supervision = Supervise,
            ExcessLength = ExcessLength,
            SkipInvalid = SkipInvalid,
            Seed = plan.Seed,
        };
    }

    /// <inheritdoc/>
    public bool Equals(SftPlan? other) =>
        other is not null && Sources.SequenceEqual(other.Sources) && Gold.SequenceEqual(other.Gold, StringComparer.Ordinal)
        && (ValidationShare, System, Supervise, ExcessLength, SkipInvalid, Packing, TextShare)
            == (other.ValidationShare, other.System, other.Supervise, other.ExcessLength, other.SkipInvalid, other.Packing, other.TextShare);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Sources.Count, Gold.Count, ValidationShare, System, Packing);

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (Sources.Count == 0) yield return new("sft.sources is empty, so there is nothing to learn from. Name a file: sources: {erp: {path: erp.jsonl}}.", "sft.sources");
        foreach (var source in Sources.Where(source => !(source.Weight > 0 && source.Weight <= 100)))
            yield return new(string.Create(CultureInfo.InvariantCulture, $"sft.sources.{source.Name}.weight is {source.Weight}; it must be more than 0 and at most 100."), $"sft.sources.{source.Name}.weight");
        foreach (var problem in PlanRange.Share(ValidationShare, "sft.validation_share").Concat(PlanRange.Share(TextShare, "sft.text_share"))) yield return problem;
    }
}
