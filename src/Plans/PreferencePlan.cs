using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Plans;

/// <summary>Preference training on pairs of a chosen and a rejected answer: section <c>preference</c> of a plan.</summary>
/// <param name="Files">Files of pairs.</param>
/// <param name="Objective">The objective: section <c>preference.dpo</c> or <c>preference.orpo</c>.</param>
public sealed record PreferencePlan(IReadOnlyList<string> Files, PreferenceObjectivePlan Objective)
{
    /// <summary>Evaluation files; pairs with the same questions are excluded from training.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>Fraction of the pairs held out for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>System prompt of conversations without one; null for none. Stored with the model.</summary>
    public string? System { get; init; }

    /// <summary>Marks around messages. Stored with the model.</summary>
    public ChatFormat ChatTemplate { get; init; } = ChatFormat.TurkishLlm;

    /// <summary>True to skip and count rows that cannot be read, instead of stopping.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Returns the options of the dataset.</summary>
    /// <param name="plan">The plan that contains this section.</param>
    public PreferenceOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Files, plan.Training.SequenceLength)
        {
            GoldFiles = Gold,
            ValidationShare = ValidationShare,
            SkipInvalid = SkipInvalid,
            Seed = plan.Seed,
        };
    }

    /// <inheritdoc/>
    public bool Equals(PreferencePlan? other) =>
        other is not null
        && Files.SequenceEqual(other.Files, StringComparer.Ordinal)
        && Gold.SequenceEqual(other.Gold, StringComparer.Ordinal)
        && Objective.Equals(other.Objective)
        && (ValidationShare, System, ChatTemplate, SkipInvalid)
            == (other.ValidationShare, other.System, other.ChatTemplate, other.SkipInvalid);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Files.Count, Gold.Count, Objective, ValidationShare, System);

    internal IEnumerable<ConfigurationProblem> FindProblems(TrainingPlan plan)
    {
        if (Files.Count == 0)
            yield return new(
                "preference.files is empty, so there is nothing to train on. Name a file: files: [pairs.jsonl].",
                "preference.files");
        if (plan.Sft is not null)
            yield return new(
                "The plan has both sft and preference, but a run trains on one of them. Fine-tune first, and "
                    + "start preference training from its checkpoint.",
                "preference", "sft");
        if (!Objective.NeedsReference) yield break;
        if (plan.WarmStart is null)
            yield return new(
                "preference.dpo compares the model with its initial weights, but these are random. Add "
                    + "warm_start: with the checkpoint of a fine-tuned model, or use orpo.",
                "preference.dpo", "warm_start");
        foreach (var (key, rate) in new[] { ("model.dropout", plan.Model.Dropout), ("lora.dropout", plan.Lora?.Dropout ?? 0) })
            if (rate > 0)
                yield return new(
                    FormattableString.Invariant($"{key} is {rate}, but preference.dpo compares the model with its ")
                        + "initial weights, and dropout alone would make them differ. Use dropout: 0.",
                    key, "preference.dpo");
    }

    /// <summary>Reports a section that does not have exactly one objective.</summary>
    internal static void CheckObjective(PlanNode section)
    {
        var hasDpo = section["dpo"].Value is not null;
        if (section.Value is null || hasDpo != section["orpo"].Value is not null) return;
        section.Document.Report(new(
            hasDpo
                ? "preference has both dpo and orpo. Remove one of them."
                : "preference has neither dpo nor orpo. Add dpo: {beta: 0.1} or orpo: {lambda: 0.1}.",
            "preference"));
    }
}
