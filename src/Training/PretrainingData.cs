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
    private readonly WindowSampler _sampler;
    private readonly Lazy<TokenBytes> _bytes;      // the tokenizer is needed to measure, not to learn

    /// <param name="plan">Names the shards and how many windows a step has.</param>
    /// <exception cref="IOException">The shards are not there.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or shorter than a window.</exception>
    public PretrainingData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _bytes = new(() => new TokenBytes(Tokenizer.Load(plan.Data.Tokenizer)));
        Shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            _sampler = new WindowSampler(Shards.Train, plan.Training.SequenceLength, plan.Seed);
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
    public ChatTemplate? Template => null;

    /// <inheritdoc/>
    public long CountedTargets(long batch, int firstRow, int rows) => (long)rows * _plan.Training.SequenceLength;

    /// <inheritdoc/>
    public long TokensThrough(long batch) => batch * _plan.Training.TokensPerStep;

    /// <inheritdoc/>
    public int? RowsPerEpoch => null;

    /// <inheritdoc/>
    public double? EpochsThrough(long batch) => null;

    /// <inheritdoc/>
    public TokenBatch MicroBatch(long batch, int firstRow, int rows, Device device) =>
        TokenBatch.Read(_sampler, batch, firstRow, rows, _plan.Training.SequenceLength, device);

    /// <inheritdoc/>
    IMicroBatch ITrainingData.MicroBatch(long batch, int firstRow, int rows, Device device) => MicroBatch(batch, firstRow, rows, device);

    /// <inheritdoc/>
    public void Fetch(long batch, int firstRow, int rows) => _sampler.Fetch(batch, firstRow, rows);

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model, IProcessGroup? group = null)
    {
        var held = Validation.Measure(model, Shards.Validation, _bytes.Value, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group);
        return new(held.Loss, BitsPerByte: held.BitsPerByte);
    }

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();
}
