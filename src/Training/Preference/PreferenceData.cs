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
    private readonly IPreferenceObjective _objective;
    private readonly EpochOrder _order;
    private readonly TokenBytes _bytes;
    private readonly ReferenceIdentity? _wanted;
    private ReferenceScores? _reference;
    private bool _isPrepared;

    /// <param name="plan">Names the pairs and the shards, and how many pairs a step has.</param>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, there is nothing to learn from, or the kept reference is stale.</exception>
    public PreferenceData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _preference = plan.Preference ?? throw new ArgumentException("The plan has no section preference.", nameof(plan));
        _plan = plan;
        _objective = IPreferenceObjective.Create(_preference.Objective);
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenBytes(tokenizer);
        Template = new ChatTemplate(tokenizer, _preference.System);
        Examples = PreferenceDataset.Open(Template, _preference.Options(plan));
        _order = new EpochOrder(plan.Seed, Examples.Train.Count);
        Shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            Shards.RequireTokenizer(tokenizer.Hash);
            if (!_objective.NeedsReference) return;
            using var weights = InitialWeights.Open(plan.Start!.Checkpoint).Load(plan, CPU);
            _wanted = ReferenceIdentity.Of(weights, Examples.Pairs, Template, plan.ComputeType);
            if (File.Exists(ReferenceFile)) _reference = ReferenceScores.Load(ReferenceFile, _wanted);
        }
        catch
        {
            Shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TokenDataset Shards { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The pairs, and what became of every row of their files.</summary>
    public PreferenceDataset Examples { get; }

    /// <inheritdoc/>
    public int? RowsPerEpoch => _order.Count;

    /// <inheritdoc/>
    public double? EpochsThrough(long batch) => (double)batch * _plan.Training.RowsPerStep / _order.Count;

    /// <inheritdoc/>
    public long CountedTargets(long batch, int firstRow, int rows) => rows;

    /// <inheritdoc/>
    public long TokensThrough(long batch)
    {
        var end = batch * _plan.Training.RowsPerStep;
        var epoch = _order.EpochOf(end);
        var begun = 0L;
        for (var position = epoch * _order.Count; position < end; position++) begun += Examples.Pairs[NumberAt(position)].Length;
        return epoch * Examples.Train.Sum(number => (long)Examples.Pairs[number].Length) + begun;
    }

    /// <inheritdoc/>
    public IMicroBatch MicroBatch(long batch, int firstRow, int rows, Device device)
    {
        var first = (batch - 1) * _plan.Training.RowsPerStep + firstRow;
        return new PreferenceBatch([.. Enumerable.Range(0, rows).Select(row => Scored(NumberAt(first + row)))], _objective, device);
    }

    /// <inheritdoc/>
    public void Fetch(long batch, int firstRow, int rows)
    {
        // Pairs are in memory.
    }

    /// <inheritdoc/>
    public void Prepare(Device device, IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (_wanted is null || _isPrepared) return;
        // By now the run has its folder. Where one process lacks the file, all take part in making it.
        if (group.Any(_reference is null)) _reference = TakeReference(_wanted, device, group);
        _isPrepared = true;
    }

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var results = PreferenceBatch.Measure(model, [.. Examples.Validation.Select(Scored)], _objective, _plan.Training.BatchSize, group);
        var text = Validation.Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group).Loss;
        return new(results.Count == 0 ? null : results.Average(result => result.Loss), text, Preference: PairResult.Average(results));
    }

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();

    private string ReferenceFile => Path.Combine(_plan.RunFolder, ReferenceScores.FileName);

    private int NumberAt(long position) => Examples.Train[_order.RowAt(position)];

    private ScoredPair Scored(int number) => _wanted is null
        ? new(Examples.Pairs[number])
        : _reference is { } reference ? new(Examples.Pairs[number], reference.Chosen[number], reference.Rejected[number])
        : throw new InvalidOperationException("Pairs are compared with a reference that is not there yet: call Prepare.");

    private ReferenceScores TakeReference(ReferenceIdentity identity, Device device, IProcessGroup group)
    {
        using var weights = InitialWeights.Open(_plan.Start!.Checkpoint).Load(_plan, device);
        using var model = new LanguageModel(weights, _plan.ComputeType);
        var scores = ReferenceScores.Take(identity, model, Examples.Pairs, _plan.Training.BatchSize, group);
        if (group.Context.Rank > 0) return scores;
        Directory.CreateDirectory(_plan.RunFolder);
        scores.Save(ReferenceFile);
        return scores;
    }
}
