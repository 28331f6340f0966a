using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Packing;
using TurkishLlm.Data.Preference;
using TurkishLlm.Files;
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

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Preference pairs. Pair <c>p</c> of data step <c>s</c> is always the same: position (s − 1)·pairs + p in an infinite sequence
/// of epochs, each with its own order.
/// </summary>
/// <remarks>Spec: DPO-04, DPO-05.</remarks>
public sealed class PreferenceData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly PreferencePlan _preference;
    private readonly IPreferenceObjective? _objective;         // null for a reward model
    private readonly RewardObjective? _reward;
    private readonly EpochShuffler _order;
    private readonly TokenByteLengths _bytes;
    private readonly ReferenceIdentity? _expectedReference;
    private ReferenceLogProbabilities? _reference;
    private bool _isPrepared;

    /// <param name="plan">The plan: pairs, shards and pairs per step.</param>
    /// <exception cref="IOException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, there are no pairs, or the saved reference is stale.</exception>
    public PreferenceData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _preference = plan.Preference ?? throw new ArgumentException("The plan has no section preference.", nameof(plan));
        _plan = plan;
        if (_preference.Objective is RewardPlan reward) _reward = new(reward.Centering);
        else _objective = IPreferenceObjective.Create(_preference.Objective);
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenByteLengths(tokenizer);
        Template = new ChatTemplate(tokenizer, _preference.System, _preference.ChatTemplate);
        Examples = PreferenceDataset.Open(Template, _preference.ToOptions(plan));
        _order = new EpochShuffler(plan.Seed, Examples.TrainIndices.Count);
        if (_objective?.NeedsReference == true)
        {
            using var weights = WeightLoader.Open(plan.WarmStart!.Checkpoint).Load(plan, CPU);
            _expectedReference = ReferenceIdentity.Create(weights, Examples.Pairs, Template, plan.ComputeType);
            if (File.Exists(ReferenceFile)) _reference = ReferenceLogProbabilities.Load(ReferenceFile, _expectedReference);
        }
        Shards = TokenDataset.Open(plan.Data.Shards, tokenizer.Hash);
    }

    /// <inheritdoc/>
    public TokenDataset Shards { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The pairs, and the outcome of every row of their files.</summary>
    public PreferenceDataset Examples { get; }

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
            begun += Examples.Pairs[GetPairIndex(position)].Length;
        return epoch * Examples.TrainIndices.Sum(number => (long)Examples.Pairs[number].Length) + begun;
    }

    /// <inheritdoc/>
    public IMicroBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device)
    {
        var first = (dataStep - 1) * _plan.Training.RowsPerStep + firstRow;
        int[] pairs = [.. Enumerable.Range(0, rows).Select(row => GetPairIndex(first + row))];
        return _objective is null
            ? new RewardBatch([.. pairs.Select(number => Examples.Pairs[number])], _reward!, device)
            : new PreferenceBatch([.. pairs.Select(GetScoredPair)], _objective, device);
    }

    /// <inheritdoc/>
    public void Prefetch(long dataStep, int firstRow, int rows)
    {
        // Pairs are in memory.
    }

    /// <inheritdoc/>
    public void Prepare(Device device, IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (_expectedReference is null || _isPrepared) return;
        // The run folder exists by now. If one process lacks the file, all processes compute it together.
        if (group.AnyRank(_reference is null)) _reference = ComputeReference(_expectedReference, device, group);
        _isPrepared = true;
    }

    /// <inheritdoc/>
    public ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var batchSize = _plan.Training.MicroBatchSize;
        var results = _objective is null
            ? RewardBatch.Measure(
                model, [.. Examples.ValidationIndices.Select(number => Examples.Pairs[number])], _reward!, batchSize, group)
            : PreferenceBatch.Measure(
                model, [.. Examples.ValidationIndices.Select(GetScoredPair)], _objective, batchSize, group);
        var text = LossEvaluator
            .Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group)
            .Loss;
        return new(
            results.Count == 0 ? null : results.Average(result => result.Loss),
            text,
            Preference: PairMetrics.Average(results, hasLogProbabilities: _objective is not null));
    }

    /// <inheritdoc/>
    public PreferenceMetrics? Summarize(IEnumerable<IMicroBatch> microBatches, IProcessGroup group) => PairMetrics.Average(
        [.. microBatches.OfType<IPairBatch>().SelectMany(batch => batch.Results)], group, _objective is not null);

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();

    private string ReferenceFile => Path.Combine(_plan.RunFolder, ReferenceLogProbabilities.FileName);

    private int GetPairIndex(long position) => Examples.TrainIndices[_order.GetRow(position)];

    private ScoredPair GetScoredPair(int number) => _expectedReference is null
        ? new(Examples.Pairs[number])
        : _reference is { } reference ? new(Examples.Pairs[number], reference.Chosen[number], reference.Rejected[number])
        : throw new InvalidOperationException("The log-probabilities of the reference model are missing: call Prepare first.");

    private ReferenceLogProbabilities ComputeReference(ReferenceIdentity identity, Device device, IProcessGroup group)
    {
        using var weights = WeightLoader.Open(_plan.WarmStart!.Checkpoint).Load(_plan, device);
        using var model = new LanguageModel(weights, _plan.ComputeType);
        var scores = ReferenceLogProbabilities.Compute(identity, model, Examples.Pairs, _plan.Training.MicroBatchSize, group);
        if (group.Context.Rank > 0) return scores;
        LinkTarget.CreateDirectory(_plan.RunFolder);
        scores.Save(ReferenceFile);
        return scores;
    }
}
