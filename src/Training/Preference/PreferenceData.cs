using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Pairs of answers. Pair <c>p</c> of step <c>s</c> is the same for ever: position (s − 1)·pairs + p of endless epochs, each in
/// an order of its own.
/// </summary>
/// <remarks>Spec: DPO-04, DPO-05.</remarks>
public sealed class PreferenceData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly PreferencePlan _preference;
    private readonly TokenDataset _shards;
    private readonly EpochOrder _order;
    private readonly ReferenceIdentity? _wanted;
    private ReferenceScores? _reference;

    /// <param name="plan">Names the pairs and the shards, and how many pairs a step has.</param>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, there is nothing to learn from, or the kept reference is stale.</exception>
    public PreferenceData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _preference = plan.Preference ?? throw new ArgumentException("The plan has no section preference.", nameof(plan));
        _plan = plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        TokenizerHash = tokenizer.Hash;
        Template = new ChatTemplate(tokenizer, _preference.System);
        Examples = PreferenceDataset.Open(Template, _preference.Options(plan));
        _order = new EpochOrder(plan.Seed, Examples.Train.Count);
        _shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            _shards.RequireTokenizer(tokenizer.Hash);
            if (!_preference.Objective.NeedsReference) return;
            using var weights = plan.Start!.Weights(plan, CPU);
            _wanted = ReferenceIdentity.Of(weights, Examples.Pairs, Template, plan.ComputeType);
            if (File.Exists(ReferenceFile)) _reference = ReferenceScores.Load(ReferenceFile, _wanted);
        }
        catch
        {
            _shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string TokenizerHash { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The pairs, and what became of every row of their files.</summary>
    public PreferenceDataset Examples { get; }

    /// <inheritdoc/>
    public int? RowsPerEpoch => _order.Count;

    /// <inheritdoc/>
    public double? EpochsThrough(long step) => (double)step * _plan.Training.RowsPerStep / _order.Count;

    /// <inheritdoc/>
    public long CountedTargets(long step) => _plan.Training.RowsPerStep;

    /// <inheritdoc/>
    public long TokensThrough(long step)
    {
        var end = step * _plan.Training.RowsPerStep;
        var epoch = _order.EpochOf(end);
        var begun = 0L;
        for (var position = epoch * _order.Count; position < end; position++) begun += Examples.Pairs[NumberAt(position)].Length;
        return epoch * Examples.Train.Sum(number => (long)Examples.Pairs[number].Length) + begun;
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> MicroBatches(long step, Device device)
    {
        var first = (step - 1) * _plan.Training.RowsPerStep;
        return Enumerable.Range(0, (int)_plan.Training.RowsPerStep).Chunk(_plan.Training.BatchSize)
            .Select(rows => Batch(rows.Select(row => NumberAt(first + row)), device));
    }

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var results = new List<PairResult>();
        foreach (var batch in Examples.Validation.Chunk(_plan.Training.BatchSize))
        {
            using var scope = NewDisposeScope();
            results.AddRange(Batch(batch, model.Device).Measure(model));
        }
        var text = Validation.Loss(model, _shards.Validation, _plan.Training.SequenceLength, _plan.Evaluation.Windows).Loss;
        return new(results.Count == 0 ? null : results.Average(result => result.Loss), text, PreferenceMetrics.Of(results));
    }

    /// <inheritdoc/>
    public void Dispose() => _shards.Dispose();

    private string ReferenceFile => Path.Combine(_plan.RunFolder, ReferenceScores.FileName);

    private int NumberAt(long position) => Examples.Train[_order.RowAt(position)];

    private PreferenceBatch Batch(IEnumerable<int> numbers, Device device)
    {
        var reference = _wanted is null ? null : _reference ??= TakeReference(_wanted, device);
        return new(
            [.. numbers.Select(number => new ScoredPair(Examples.Pairs[number], reference?.Chosen[number] ?? 0, reference?.Rejected[number] ?? 0))],
            _preference.Objective, device);
    }

    // Taken when the first step asks for it: by then the run has its folder.
    private ReferenceScores TakeReference(ReferenceIdentity identity, Device device)
    {
        using var weights = _plan.Start!.Weights(_plan, device);
        using var model = new LanguageModel(weights, _plan.ComputeType);
        var scores = ReferenceScores.Take(identity, model, Examples.Pairs, _plan.Training.BatchSize);
        Directory.CreateDirectory(_plan.RunFolder);
        scores.Save(ReferenceFile);
        return scores;
    }
}
