using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>Random windows of running text, in which every token is a target.</summary>
/// <remarks>Spec: P51, DAT-13, DAT-30.</remarks>
public sealed class PretrainingData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly TokenDataset _shards;
    private readonly WindowSampler _sampler;

    /// <param name="plan">Names the shards and how many windows a step has.</param>
    /// <exception cref="IOException">The shards are not there.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or shorter than a window.</exception>
    public PretrainingData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            _sampler = new WindowSampler(_shards.Train, plan.Training.SequenceLength, plan.Seed);
        }
        catch
        {
            _shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string TokenizerHash => _shards.Manifest.TokenizerHash;

    /// <inheritdoc/>
    public ChatTemplate? Template => null;

    /// <inheritdoc/>
    public long CountedTargets(long step) => _plan.Training.TokensPerStep;

    /// <inheritdoc/>
    public long TokensThrough(long step) => step * _plan.Training.TokensPerStep;

    /// <inheritdoc/>
    public int? RowsPerEpoch => null;

    /// <inheritdoc/>
    public double? EpochsThrough(long step) => null;

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> MicroBatches(long step, Device device) =>
        Enumerable.Range(0, _plan.Training.AccumulationSteps).Select(micro => Read(step, micro, device));

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model) =>
        new(Validation.Loss(model, _shards.Validation, _plan.Training.SequenceLength, _plan.Evaluation.Windows).Loss);

    /// <inheritdoc/>
    public void Dispose() => _shards.Dispose();

    private TokenBatch Read(long step, int microBatch, Device device)
    {
        var (rows, length) = (_plan.Training.BatchSize, _plan.Training.SequenceLength);
        var (inputs, targets) = (new long[rows * length], new long[rows * length]);
        for (var row = 0; row < rows; row++)
            _sampler.Read(step, microBatch * rows + row, inputs.AsSpan(row * length, length), targets.AsSpan(row * length, length));
        return TokenBatch.Create(inputs, targets, rows, device);
    }
}
