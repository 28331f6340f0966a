using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Packing;
using TurkishLlm.Data.Preference;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Labeled answers. Answer <c>a</c> of data step <c>s</c> is always the same: position (s − 1)·answers + a in an infinite
/// sequence of epochs, each with its own order.
/// </summary>
/// <remarks>
/// In <c>reference.json</c>, <c>chosen</c> are the log-probabilities of the answers, and <c>rejected</c> those of the mismatched
/// ones. Spec: KTO-03, KTO-06.
/// </remarks>
public sealed class KtoData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly KtoObjective _objective;
    private readonly EpochShuffler _order;
    private readonly TokenByteLengths _bytes;
    private readonly LabeledAnswer[] _answers;      // of training, then of validation
    private readonly ReferenceIdentity _expectedReference;
    private ReferenceLogProbabilities? _reference;
    private bool _isPrepared;
    private (long DataStep, double Value)? _referencePoint;

    /// <param name="plan">The plan: answers, shards and answers per step.</param>
    /// <exception cref="IOException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, no answer is left, or the saved reference is stale.</exception>
    public KtoData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Preference is not { Objective: KtoPlan kto } preference)
            throw new ArgumentException("The plan has no section preference.kto.", nameof(plan));
        (_plan, _objective) = (plan, new(kto.Beta, kto.DesirableWeight, kto.UndesirableWeight));
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenByteLengths(tokenizer);
        Template = new ChatTemplate(tokenizer, preference.System, preference.ChatTemplate);
        Examples = LabeledDataset.Open(Template, preference.ToOptions(plan));
        _answers = [.. Examples.Train, .. Examples.Validation];
        _order = new EpochShuffler(plan.Seed, Examples.Train.Count);
        using var weights = WeightLoader.Open(plan.WarmStart!.Checkpoint).Load(plan, CPU);
        _expectedReference = ReferenceIdentity.Create(weights, GetPairs(), Template, plan.ComputeType);
        if (File.Exists(ReferenceFile)) _reference = ReferenceLogProbabilities.Load(ReferenceFile, _expectedReference);
        Shards = TokenDataset.Open(plan.Data.Shards, tokenizer.Hash);
    }

    /// <inheritdoc/>
    public TokenDataset Shards { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The answers, and the outcome of every row of their files.</summary>
    public LabeledDataset Examples { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => [.. Examples.Report.SelectMany(file => file.Notes)];

    /// <inheritdoc/>
    public int? RowsPerEpoch => _order.Count;

    /// <inheritdoc/>
    public double? GetEpoch(long dataStep) => (double)dataStep * _plan.Training.RowsPerStep / _order.Count;

    /// <inheritdoc/>
    public long CountLossTerms(long dataStep, int firstRow, int rows) => rows;

    /// <inheritdoc/>
    public long CountTokensThrough(long dataStep)
    {
        var end = dataStep * _plan.Training.RowsPerStep;
        var epoch = _order.GetEpoch(end);
        var begun = 0L;
        for (var position = epoch * _order.Count; position < end; position++)
            begun += _answers[_order.GetRow(position)].Length;
        return epoch * Examples.Train.Sum(answer => (long)answer.Length) + begun;
    }

    /// <inheritdoc/>
    public IMicroBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) =>
        _referencePoint is { } point && point.DataStep == dataStep
            ? new KtoBatch(ReadAnswers(dataStep, firstRow, rows), _objective, point.Value, device)
            : throw new InvalidOperationException("The reference point of the data step is missing: call PrepareStep first.");

    /// <inheritdoc/>
    public void Prefetch(long dataStep, int firstRow, int rows)
    {
        // Answers are in memory.
    }

    /// <inheritdoc/>
    public void Prepare(Device device, IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (_isPrepared) return;
        // The run folder exists by now. If one process lacks the file, all processes compute it together.
        if (group.AnyRank(_reference is null)) _reference = ComputeReference(device, group);
        _isPrepared = true;
    }

    /// <inheritdoc/>
    public void PrepareStep(LanguageModel model, long dataStep, int batchSize, IProcessGroup group)
    {
        var answers = ReadAnswers(dataStep, 0, _plan.Training.RowsPerStep);
        _referencePoint = (dataStep, KtoBatch.MeasureReferencePoint(model, answers, batchSize, group));
    }

    /// <inheritdoc/>
    public PreferenceMetrics? Summarize(IEnumerable<IMicroBatch> microBatches, IProcessGroup group) =>
        AnswerMetrics.Average([.. microBatches.OfType<KtoBatch>().SelectMany(batch => batch.Results)], group);

    /// <inheritdoc/>
    public ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ScoredAnswer[] answers = [.. Examples.Validation.Select((_, number) => GetAnswer(Examples.Train.Count + number))];
        var results = KtoBatch.Measure(model, answers, _objective, _plan.Training.MicroBatchSize, group);
        var text = LossEvaluator
            .Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group)
            .Loss;
        return new(
            results.Count == 0 ? null : results.Average(result => result.Loss), text,
            Preference: AnswerMetrics.Average(results));
    }

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();

    private string ReferenceFile => Path.Combine(_plan.RunFolder, ReferenceLogProbabilities.FileName);

    private PreferencePair[] GetPairs() => [.. _answers.Select(answer => new PreferencePair(answer.Answer, answer.Mismatched))];

    private ScoredAnswer[] ReadAnswers(long dataStep, int firstRow, int rows)
    {
        var first = (dataStep - 1) * _plan.Training.RowsPerStep + firstRow;
        return [.. Enumerable.Range(0, rows).Select(row => GetAnswer(_order.GetRow(first + row)))];
    }

    private ScoredAnswer GetAnswer(int number) => _reference is { } reference
        ? new(_answers[number], reference.Chosen[number], reference.Rejected[number])
        : throw new InvalidOperationException("The log-probabilities of the reference model are missing: call Prepare first.");

    private ReferenceLogProbabilities ComputeReference(Device device, IProcessGroup group)
    {
        using var weights = WeightLoader.Open(_plan.WarmStart!.Checkpoint).Load(_plan, device);
        using var model = new LanguageModel(weights, _plan.ComputeType);
        var scores = ReferenceLogProbabilities.Compute(
            _expectedReference, model, GetPairs(), _plan.Training.MicroBatchSize, group);
        if (group.Context.Rank > 0) return scores;
        LinkTarget.CreateDirectory(_plan.RunFolder);
        scores.Save(ReferenceFile);
        return scores;
    }
}
