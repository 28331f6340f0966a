using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Packing;
using TurkishLlm.Data.Reinforcement;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>
/// Answers that the model gives to questions, with their rewards. The questions of a data step are always the same: positions in
/// an infinite sequence of epochs, each with its own order. The answers are a function of the seed, the data step and the
/// weights.
/// </summary>
/// <remarks>Source: Shao et al. 2024, arXiv:2402.03300, algorithm 1. Spec: GRP-06, GRP-07, GRP-08.</remarks>
public sealed class GrpoData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly GrpoPlan _grpo;
    private readonly GrpoObjective _objective;
    private readonly WeightedRewards _rewards;
    private readonly RolloutSampler _sampler;
    private readonly EpochShuffler _order;
    private readonly TokenByteLengths _bytes;
    private ParameterTable? _referenceWeights;
    private LanguageModel? _reference;
    private RolloutState _state = new(0, 0, null);
    private long _stepTokens;
    private AnswerStatistics[] _statistics = [];

    /// <param name="plan">The plan: questions, rewards, shards and answers per step.</param>
    /// <exception cref="IOException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or there are no questions.</exception>
    public GrpoData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _grpo = plan.Grpo ?? throw new ArgumentException("The plan has no section grpo.", nameof(plan));
        _plan = plan;
        (_objective, _rewards) = (new(_grpo.Clip, _grpo.Kl), _grpo.Rewards.ToRewards());
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenByteLengths(tokenizer);
        _sampler = new(plan, tokenizer);
        Template = new ChatTemplate(tokenizer, _grpo.System, _grpo.ChatTemplate);
        Questions = QuestionDataset.Open(Template, _grpo.ToOptions(plan));
        _order = new EpochShuffler(plan.Seed, Questions.Questions.Count);
        Shards = TokenDataset.Open(plan.Data.Shards, tokenizer.Hash);
    }

    /// <inheritdoc/>
    public TokenDataset Shards { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The questions.</summary>
    public QuestionDataset Questions { get; }

    /// <summary>The answers of the current data step; empty before the first.</summary>
    public IReadOnlyList<RolloutAnswer> Answers => _state.Rollout?.Answers ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => Questions.Notes;

    /// <inheritdoc/>
    public int? RowsPerEpoch => _order.Count * _grpo.GroupSize * _grpo.UpdatesPerBatch;

    /// <inheritdoc/>
    public GrpoMetrics? StepAnswers
    {
        get
        {
            if (_state.Rollout is not { } rollout) return null;
            var tokens = (double)rollout.Answers.Sum(answer => answer.Answer.Count);
            return rollout.Metrics with
            {
                Kl = _statistics.Sum(answer => answer.Divergence) / tokens,
                Clipped = _statistics.Sum(answer => answer.Clipped) / tokens,
                Entropy = _statistics.Sum(answer => answer.Entropy) / tokens,
            };
        }
    }

    /// <inheritdoc/>
    public double? GetEpoch(long dataStep) => (double)dataStep * _plan.Training.RowsPerStep / RowsPerEpoch;

    /// <inheritdoc/>
    public long CountLossTerms(long dataStep, int firstRow, int rows) => rows;

    /// <summary>Counts the tokens of all data steps up to the current one, or to the one before it.</summary>
    /// <param name="dataStep">The current data step, or the one before it: others have unknown answers.</param>
    public long CountTokensThrough(long dataStep) =>
        dataStep == _state.DataStep ? _state.Tokens
        : dataStep == _state.DataStep - 1 ? _state.Tokens - _stepTokens
        : throw new ArgumentOutOfRangeException(
            nameof(dataStep), $"Data step {dataStep} has no answers; those of {_state.DataStep} were sampled.");

    /// <inheritdoc/>
    public void Prepare(Device device, IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (group.Context.WorldSize > 1)
            throw new ConfigurationException(
                "grpo samples the answers of a step in one process, but several were started. Use train instead of launch.");
        if (_grpo.Kl == 0 || _reference is not null) return;
        _referenceWeights = WeightLoader.Open(_plan.WarmStart!.Checkpoint).Load(_plan, device);
        foreach (var weight in _referenceWeights.Tensors) weight.requires_grad_(false);
        _reference = new(_referenceWeights, _plan.ComputeType);
    }

    /// <inheritdoc/>
    public void PrepareStep(LanguageModel model, long dataStep, int batchSize, IProcessGroup group)
    {
        var batch = (dataStep - 1) / _grpo.UpdatesPerBatch;
        var rollout = _state.Rollout is { } earlier && earlier.Batch == batch ? earlier : Generate(batch, model);
        _statistics = new AnswerStatistics[rollout.Answers.Count];
        _stepTokens = rollout.Answers.Sum(answer => (long)answer.Length);
        _state = new(dataStep, _state.Tokens + _stepTokens, rollout);
    }

    /// <inheritdoc/>
    public IMicroBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) => new GrpoBatch(
        [.. Answers.Skip(firstRow).Take(rows)], _objective, _grpo.Temperature, device,
        (number, measured) => _statistics[firstRow + number] = measured);

    /// <inheritdoc/>
    public void Prefetch(long dataStep, int firstRow, int rows)
    {
        // The answers of the next step depend on the weights after this one.
    }

    /// <inheritdoc/>
    public byte[]? SaveState() =>
        (_state.DataStep % _grpo.UpdatesPerBatch == 0 ? _state with { Rollout = null } : _state).ToJson();

    /// <inheritdoc/>
    public void LoadState(string? file) => _state = file is null ? new(0, 0, null) : RolloutState.Read(file);

    /// <inheritdoc/>
    public ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null) => new(TextLoss: LossEvaluator
        .Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group)
        .Loss);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reference?.Dispose();
        _referenceWeights?.Dispose();
        Shards.Dispose();
    }

    private Rollout Generate(long batch, LanguageModel model)
    {
        var count = _plan.Training.RowsPerStep / _grpo.GroupSize;
        AskedQuestion[] questions =
            [.. Enumerable.Range(0, count).Select(i => Questions.Questions[_order.GetRow(batch * count + i)])];
        var answers = _sampler.Sample(model, questions, batch);
        RewardScores[] scores = [.. answers.Select((answer, i) => Judge(questions[i / _grpo.GroupSize], answer))];
        double[] rewards = [.. scores.Select(score => score.Total)];
        var sampled = Weigh(questions, answers, GroupAdvantage.Compute(rewards, _grpo.GroupSize, _grpo.Advantage));
        return new(batch, AddLikelihoods(sampled, model), Summarize(answers, sampled, scores, rewards));
    }

    private RewardScores Judge(AskedQuestion question, Answer answer) => _rewards.ScoreParts(new(
        question.Prompt, question.Reference, answer.ToolCall is null ? answer.Text : $"{answer.Text}\n{answer.ToolCall}",
        answer.TokenIds.Count, answer.FinishReason == FinishReason.EndOfTurn));

    private RolloutAnswer[] Weigh(
        AskedQuestion[] questions, IReadOnlyList<Answer> answers, IReadOnlyList<double> advantages)
    {
        int[][] tokens =
            [.. answers.Select(answer => (int[])[.. answer.TokenIds, .. answer.EndId is { } end ? new[] { end } : []])];
        var weights = AnswerWeights.Compute([.. tokens.Select(ids => ids.Length)], _grpo.Normalization, _grpo.MaxNewTokens);
        return
        [
            .. tokens.Select((ids, i) =>
                new RolloutAnswer(questions[i / _grpo.GroupSize].PromptIds, ids, advantages[i], weights[i])),
        ];
    }

    // In the micro-batches of training, so that the first step of a batch begins with ratios of exactly 1.
    private RolloutAnswer[] AddLikelihoods(RolloutAnswer[] answers, LanguageModel model)
    {
        var old = AnswerLikelihood.Measure(model, answers, _grpo.Temperature, _plan.Training.MicroBatchSize);
        var reference = _reference is null
            ? null : AnswerLikelihood.Measure(_reference, answers, _grpo.Temperature, _plan.Training.MicroBatchSize);
        return
        [
            .. answers.Select((answer, i) => answer with { Old = old[i], Reference = reference is null ? [] : reference[i] }),
        ];
    }

    private GrpoMetrics Summarize(
        IReadOnlyList<Answer> answers, RolloutAnswer[] sampled, RewardScores[] scores, double[] rewards)
    {
        var groups = rewards.Chunk(_grpo.GroupSize).ToArray();
        return new(
            rewards.Average(),
            scores.SelectMany(score => score.Parts).GroupBy(part => part.Name, StringComparer.Ordinal)
                .ToDictionary(parts => parts.Key, parts => parts.Average(part => part.Score), StringComparer.Ordinal),
            (double)groups.Count(GroupAdvantage.HasNoSpread) / groups.Length,
            sampled.Average(answer => answer.Answer.Count),
            (double)answers.Count(answer => answer.FinishReason == FinishReason.EndOfTurn) / answers.Count,
            Kl: 0, Clipped: 0, Entropy: 0);
    }
}
