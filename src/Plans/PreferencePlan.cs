using TurkishLlm.Data.Preference;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Learning from pairs of answers, of which one is better: section <c>preference</c> of a plan.</summary>
/// <param name="Files">Files of pairs.</param>
/// <param name="Objective">What is learned from a pair: section <c>preference.dpo</c> or <c>preference.orpo</c>.</param>
public sealed record PreferencePlan(IReadOnlyList<string> Files, PreferenceObjectivePlan Objective)
{
    /// <summary>Files whose questions are never learned, wherever they turn up.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>Share of the pairs that is held out.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>The task of conversations that set none; null for no task. Stored with the model.</summary>
    public string? System { get; init; }

    /// <summary>True to leave out rows that cannot be read, and count them.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>What of it decides on the pairs.</summary>
    /// <param name="plan">The plan it belongs to.</param>
    public PreferenceOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Files, plan.Training.SequenceLength) { GoldFiles = Gold, ValidationShare = ValidationShare, SkipInvalid = SkipInvalid, Seed = plan.Seed };
    }

    /// <inheritdoc/>
    public bool Equals(PreferencePlan? other) =>
        other is not null && Files.SequenceEqual(other.Files, StringComparer.Ordinal) && Gold.SequenceEqual(other.Gold, StringComparer.Ordinal)
        && Objective.Equals(other.Objective) && (ValidationShare, System, SkipInvalid) == (other.ValidationShare, other.System, other.SkipInvalid);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Files.Count, Gold.Count, Objective, ValidationShare, System);

    internal IEnumerable<ConfigurationProblem> FindProblems(TrainingPlan plan)
    {
        if (Files.Count == 0) yield return new("preference.files is empty, so there is nothing to learn from. Name a file: files: [pairs.jsonl].", "preference.files");
        foreach (var problem in PlanRange.Share(ValidationShare, "preference.validation_share").Concat(Objective.Problems())) yield return problem;
        if (plan.Sft is not null)
            yield return new("The plan has both sft and preference, but a run learns from one of them. Fine-tune first, and start from its checkpoint.", "preference", "sft");
        if (!Objective.NeedsReference) yield break;
        if (plan.WarmStart is null)
            yield return new("preference.dpo compares the model with the one it began as, but the plan begins with random weights. Add warm_start: with the checkpoint of a fine-tuned model, or use orpo.", "preference.dpo", "warm_start");
        foreach (var (key, rate) in new[] { ("model.dropout", plan.Model.Dropout), ("lora.dropout", plan.Lora?.Dropout ?? 0) })
            if (rate > 0)
                yield return new(FormattableString.Invariant($"{key} is {rate}, but preference.dpo compares the model with the one it began as, and dropout alone would make them differ. Use dropout: 0."), key, "preference.dpo");
    }
}
