using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;
using YamlDotNet.RepresentationModel;

namespace TurkishLlm.Plans;

/// <summary>Supervised fine-tuning on conversations instead of running text: section <c>sft</c> of a plan.</summary>
/// <param name="Sources">Files of conversations.</param>
/// <remarks>Defaults: reference report on fine-tuning, sections 8 and 9.</remarks>
public sealed record SftPlan(IReadOnlyList<SftSource> Sources)
{
    /// <summary>Evaluation files; examples with the same questions are excluded from training.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>
    /// Files of validation conversations; empty to hold out a share of the sources. Training conversations that occur in them are
    /// excluded.
    /// </summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Fraction of the conversations held out for validation; not used with <see cref="Validation"/>.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>All files of conversations and scores of the plan, in the order in which they are hashed.</summary>
    public IEnumerable<string> Files =>
    [
        .. Sources.Select(source => source.Path), .. Gold, .. Curriculum is null ? [] : new[] { Curriculum.Scores },
        .. Validation,
    ];

    /// <summary>System prompt of conversations without one; null for none. Stored with the model.</summary>
    public string? System { get; init; }

    /// <summary>Marks around messages. Stored with the model.</summary>
    public ChatFormat ChatTemplate { get; init; } = ChatFormat.TurkishLlm;

    /// <summary>Assistant turns of a conversation to learn from.</summary>
    public Supervision Supervise { get; init; } = Supervision.All;

    /// <summary>Handling of conversations that are longer than a row.</summary>
    public ExcessLengthStrategy ExcessLength { get; init; } = ExcessLengthStrategy.Drop;

    /// <summary>True to skip and count rows that cannot be read, instead of stopping.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>
    /// True to pack several conversations into a row, without attention between them; false for one per row, with padding.
    /// </summary>
    public bool Packing { get; init; } = true;

    /// <summary>Fraction of the learned tokens that are running text from the shards of the plan, against forgetting.</summary>
    public double TextShare { get; init; }

    /// <summary>Selects and orders training examples by loss; null to train on all, shuffled.</summary>
    public Curriculum? Curriculum { get; init; }

    /// <summary>Returns the options of the dataset.</summary>
    /// <param name="plan">The plan that contains this section.</param>
    public SftOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Sources, plan.Training.SequenceLength)
        {
            GoldFiles = Gold,
            ValidationFiles = Validation,
            ValidationShare = Validation.Count > 0 ? 0 : ValidationShare,
            Supervision = Supervise,
            ExcessLength = ExcessLength,
            SkipInvalid = SkipInvalid,
            Curriculum = Curriculum,
            Seed = plan.Seed,
        };
    }

    /// <inheritdoc/>
    public bool Equals(SftPlan? other) =>
        other is not null && Sources.SequenceEqual(other.Sources) && Gold.SequenceEqual(other.Gold, StringComparer.Ordinal)
        && Validation.SequenceEqual(other.Validation, StringComparer.Ordinal)
        && (ValidationShare, System, Supervise, ExcessLength, SkipInvalid, Packing, TextShare)
            == (
                other.ValidationShare, other.System, other.Supervise, other.ExcessLength, other.SkipInvalid, other.Packing,
                other.TextShare)
        && (ChatTemplate, Curriculum) == (other.ChatTemplate, other.Curriculum);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Sources.Count, Gold.Count, Validation.Count, ValidationShare, System, Packing);

    /// <summary>Reports a plan that has both keys of validation data.</summary>
    internal static void CheckValidation(PlanNode sft)
    {
        if (sft["validation"].Value is not (null or YamlSequenceNode { Children.Count: 0 })
            && sft["validation_share"].Value is not null)
            sft["validation_share"].ReportUnreadable(
                "sft.validation names files of validation conversations, so sft.validation_share holds out none. "
                    + "Remove one of the two keys.");
    }

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (Sources.Count == 0)
            yield return new(
                "sft.sources is empty, so there is nothing to train on. Name a file: sources: {erp: {path: " + "erp.jsonl}}.",
                "sft.sources");
        if (Curriculum is { } curriculum && curriculum.SkipEasiest + curriculum.SkipHardest >= 1)
            yield return new(
                FormattableString.Invariant($"sft.curriculum skips {curriculum.SkipEasiest:0.###} of the easiest and ")
                    + FormattableString.Invariant($"{curriculum.SkipHardest:0.###} of the hardest examples, so none is left. ")
                    + "Lower one of them.",
                "sft.curriculum.skip_easiest", "sft.curriculum.skip_hardest");
        foreach (var file in Validation.Where(file => Sources.Any(source => source.Path == file)))
            yield return new(
                $"{file} is in sft.sources and in sft.validation; a validation file must not be trained on. Remove it from one "
                    + "of them.",
                "sft.validation");
    }
}
