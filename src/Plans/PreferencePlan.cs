using TurkishLlm.Data.Preference;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Plans;

/// <summary>Preference training on answers that were compared or judged: section <c>preference</c> of a plan.</summary>
/// <param name="Files">Files of pairs; for KTO also of single answers with a label.</param>
/// <param name="Objective">The objective: one of the sections <c>dpo</c>, <c>orpo</c>, <c>kto</c> and <c>reward</c>.</param>
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

    /// <summary>What a row of a step is: an answer for KTO, else a pair.</summary>
    public string RowName => Objective is KtoPlan ? "answer" : "pair";

    /// <summary>Returns the options of the dataset.</summary>
    /// <param name="plan">The plan that contains this section.</param>
    public PreferenceOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        // A reward is read at the last token of an answer, which is no input of the other objectives.
        return new(Files, plan.Training.SequenceLength - (Objective is RewardPlan ? 1 : 0))
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
        if (Objective is RewardPlan)
            foreach (var problem in FindRewardProblems(plan)) yield return problem;
        if (!Objective.NeedsReference) yield break;
        var key = Objective is KtoPlan ? "preference.kto" : "preference.dpo";
        if (Objective is KtoPlan && plan.Training.RowsPerStep < 2)
            yield return new(
                "preference.kto estimates its reference point from the answers of a step, but a step has only one. Use "
                    + "micro_batch_size: 2 or more.",
                "preference.kto", "training.micro_batch_size");
        if (plan.WarmStart is null)
            yield return new(
                $"{key} compares the model with its initial weights, but these are random. Add "
                    + "warm_start: with the checkpoint of a fine-tuned model, or use orpo.",
                key, "warm_start");
        (string, double)[] dropouts = [("model.dropout", plan.Model.Dropout), ("lora.dropout", plan.Lora?.Dropout ?? 0)];
        foreach (var (dropout, rate) in dropouts)
            if (rate > 0)
                yield return new(
                    FormattableString.Invariant($"{dropout} is {rate}, but {key} compares the model with its ")
                        + "initial weights, and dropout alone would make them differ. Use dropout: 0.",
                    dropout, key);
    }

    private static IEnumerable<ConfigurationProblem> FindRewardProblems(TrainingPlan plan)
    {
        if (plan.WarmStart is null)
            yield return new(
                "preference.reward reads answers with a trained model, but the initial weights are random. Add warm_start: with "
                    + "the checkpoint of a fine-tuned model.",
                "preference.reward", "warm_start");
        if (plan.WarmStart is { KeepOptimizer: true })
            yield return new(
                "warm_start.keep_optimizer is true, but a new reward head has no moments. Use keep_optimizer: false.",
                "warm_start.keep_optimizer", "preference.reward");
        if (plan.Lora is not null)
            yield return new(
                "preference.reward trains a scalar head, which a LoRA adapter does not contain. Remove lora, or freeze layers "
                    + "with optimizer.freeze.",
                "lora", "preference.reward");
        if (plan.Samples.Every > 0)
            yield return new(
                "A reward model scores answers and generates none. Use samples: {every: 0}.",
                "samples.every", "preference.reward");
        if (plan.Evaluation.Tasks.Count > 0)
            yield return new(
                "A reward model scores answers and generates none, so it has no tasks. Remove evaluation.tasks.",
                "evaluation.tasks", "preference.reward");
    }

    /// <summary>Reports a section that does not have exactly one objective.</summary>
    internal static void CheckObjective(PlanNode section)
    {
        string[] found = [.. Objectives.Where(name => section[name].Value is not null)];
        if (section.Value is null || found.Length == 1) return;
        section.Document.Report(new(
            found.Length == 0
                ? "preference has none of dpo, orpo, kto and reward. Add one, such as dpo: {beta: 0.1} or orpo: {lambda: 0.1}."
                : $"preference has both {found[0]} and {found[1]}. Remove one of them.",
            "preference"));
    }

    /// <summary>The sections of objectives, of which a plan has one.</summary>
    internal static IReadOnlyList<string> Objectives { get; } = ["dpo", "orpo", "kto", "reward"];
}
