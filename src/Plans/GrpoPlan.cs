using TurkishLlm.Data.Reinforcement;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Plans;

/// <summary>
/// Group relative policy optimization: the model answers questions several times and learns from the rewards of its answers.
/// Section <c>grpo</c> of a plan.
/// </summary>
/// <param name="Files">Files of questions, with reference answers if a reward needs them.</param>
/// <param name="Rewards">The rules that judge answers.</param>
/// <remarks>
/// Defaults: Shao et al. 2024, arXiv:2402.03300, section 4.2 (β 0.04), with groups that small machines can sample.
/// </remarks>
public sealed record GrpoPlan(IReadOnlyList<string> Files, RewardsPlan Rewards)
{
    /// <summary>Evaluation files; questions that they contain are not asked.</summary>
    public IReadOnlyList<string> Gold { get; init; } = [];

    /// <summary>Answers per question.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Sampling temperature of the answers.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Longest answer, in tokens.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>ε: the ratio of a token is clipped to 1 − ε … 1 + ε.</summary>
    public double Clip { get; init; } = 0.2;

    /// <summary>β: weight of the divergence from the initial weights.</summary>
    public double Kl { get; init; } = 0.04;

    /// <summary>Optimizer steps on the same answers before new ones are sampled.</summary>
    public int UpdatesPerBatch { get; init; } = 1;

    /// <summary>What the rewards of a group are compared with.</summary>
    public AdvantageKind Advantage { get; init; } = AdvantageKind.Std;

    /// <summary>What the losses of an answer's tokens are divided by.</summary>
    public LossNormalization Normalization { get; init; } = LossNormalization.Answer;

    /// <summary>System prompt of conversations without one; null for none. Stored with the model.</summary>
    public string? System { get; init; }

    /// <summary>Marks around messages. Stored with the model.</summary>
    public ChatFormat ChatTemplate { get; init; } = ChatFormat.TurkishLlm;

    /// <summary>True to skip and count rows that cannot be read, instead of stopping.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Returns the options of the dataset.</summary>
    /// <param name="plan">The plan that contains this section.</param>
    public QuestionOptions ToOptions(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(Files, plan.Training.SequenceLength - MaxNewTokens)
        {
            GoldFiles = Gold,
            NeedsReference = Rewards.ToRewards().NeedsReference,
            SkipInvalid = SkipInvalid,
        };
    }

    /// <inheritdoc/>
    public bool Equals(GrpoPlan? other) =>
        other is not null
        && Files.SequenceEqual(other.Files, StringComparer.Ordinal)
        && Gold.SequenceEqual(other.Gold, StringComparer.Ordinal)
        && (Rewards, GroupSize, Temperature, MaxNewTokens, Clip, Kl, UpdatesPerBatch)
            == (
                other.Rewards, other.GroupSize, other.Temperature, other.MaxNewTokens, other.Clip, other.Kl,
                other.UpdatesPerBatch)
        && (Advantage, Normalization, System, ChatTemplate, SkipInvalid)
            == (other.Advantage, other.Normalization, other.System, other.ChatTemplate, other.SkipInvalid);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Files.Count, Gold.Count, Rewards, GroupSize, MaxNewTokens, System);

    internal IEnumerable<ConfigurationProblem> FindProblems(TrainingPlan plan) =>
        [.. FindOwnProblems(), .. FindStartProblems(plan), .. FindSizeProblems(plan), .. Rewards.FindProblems("grpo.rewards")];

    private IEnumerable<ConfigurationProblem> FindOwnProblems()
    {
        if (Files.Count == 0)
            yield return new(
                "grpo.files is empty, so there is nothing to ask. Name a file of questions: files: [questions.jsonl].",
                "grpo.files");
    }

    private static IEnumerable<ConfigurationProblem> FindStartProblems(TrainingPlan plan)
    {
        if (plan.Sft is not null || plan.Preference is not null)
            yield return new(
                $"The plan has both grpo and {(plan.Sft is null ? "preference" : "sft")}, but a run trains on one of them. "
                    + "Fine-tune first, and start grpo from its checkpoint.",
                "grpo", plan.Sft is null ? "preference" : "sft");
        if (plan.WarmStart is null)
            yield return new(
                "grpo learns from the answers of the model, but with random weights it gives none. Add warm_start: with the "
                    + "checkpoint of a fine-tuned model.",
                "grpo", "warm_start");
        if (plan.WarmStart is { GrowVocabulary: true })
            yield return new(
                "warm_start.grow_vocabulary is true, but grpo learns from answers, in which new tokens do not occur. Fine-tune "
                    + "first, or use grow_vocabulary: false.",
                "warm_start.grow_vocabulary", "grpo");
        foreach (var (key, rate) in new[] { ("model.dropout", plan.Model.Dropout), ("lora.dropout", plan.Lora?.Dropout ?? 0) })
            if (rate > 0)
                yield return new(
                    FormattableString.Invariant($"{key} is {rate}, but grpo compares the model with the weights that sampled ")
                        + "the answers, and dropout alone would make them differ. Use dropout: 0.",
                    key, "grpo");
    }

    private IEnumerable<ConfigurationProblem> FindSizeProblems(TrainingPlan plan)
    {
        var rows = plan.Training.RowsPerStep;
        if (GroupSize > 0 && rows % GroupSize != 0)
            yield return new(
                FormattableString.Invariant($"A step has training.micro_batch_size {plan.Training.MicroBatchSize} × ")
                    + FormattableString.Invariant($"training.accumulation_steps {plan.Training.AccumulationSteps} = {rows} ")
                    + FormattableString.Invariant($"answers, which is not a multiple of grpo.group_size = {GroupSize}. Use a ")
                    + FormattableString.Invariant($"group_size that divides {rows}."),
                "grpo.group_size", "training.micro_batch_size", "training.accumulation_steps");
        if (plan.Training.SequenceLength <= MaxNewTokens)
            yield return new(
                FormattableString.Invariant($"grpo.max_new_tokens is {MaxNewTokens}, but training.sequence_length of ")
                    + FormattableString.Invariant($"{plan.Training.SequenceLength} must hold the question too. Use ")
                    + FormattableString.Invariant($"max_new_tokens: {Math.Max(1, plan.Training.SequenceLength / 2)}."),
                "grpo.max_new_tokens", "training.sequence_length");
    }
}

/// <summary>What the rewards of a group are compared with.</summary>
public enum AdvantageKind
{
    /// <summary>Distance from the mean of the group, in standard deviations of the group.</summary>
    Std,

    /// <summary>Distance from the mean of the group (Dr. GRPO).</summary>
    Mean,
}

/// <summary>What the losses of an answer's tokens are divided by.</summary>
public enum LossNormalization
{
    /// <summary>The length of the answer: every answer counts the same.</summary>
    Answer,

    /// <summary>The mean length of the answers of the step: every token counts the same.</summary>
    Tokens,

    /// <summary>The maximum length of an answer (Dr. GRPO): tokens of long and of short answers count the same.</summary>
    Constant,
}
