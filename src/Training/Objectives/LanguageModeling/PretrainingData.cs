using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.LanguageModeling;

/// <summary>Random windows of running text with a target at every position.</summary>
/// <remarks>Spec: P51, DAT-13, DAT-30.</remarks>
public sealed class PretrainingData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly WindowSampler _sampler;
    private readonly Lazy<TokenByteLengths> _bytes;      // the tokenizer is needed for validation only

    /// <param name="plan">The plan: shards and windows per step.</param>
    /// <exception cref="IOException">The shards do not exist.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or shorter than a window.</exception>
    public PretrainingData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _bytes = new(() => new TokenByteLengths(Tokenizer.Load(plan.Data.Tokenizer)));
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
    public long CountLossTerms(long dataStep, int firstRow, int rows) => (long)rows * _plan.Training.SequenceLength;

    /// <inheritdoc/>
    public long CountTokensThrough(long dataStep) => dataStep * _plan.Training.TokensPerStep;

    /// <inheritdoc/>
    public int? RowsPerEpoch => null;

    /// <inheritdoc/>
    public double? GetEpoch(long dataStep) => null;

    /// <inheritdoc/>
    public TokenBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) =>
        TokenBatch.Read(_sampler, dataStep, firstRow, rows, _plan.Training.SequenceLength, device);

    /// <inheritdoc/>
    IMicroBatch ITrainingData.ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) =>
        ReadMicroBatch(dataStep, firstRow, rows, device);

    /// <inheritdoc/>
    public void Prefetch(long dataStep, int firstRow, int rows) => _sampler.Prefetch(dataStep, firstRow, rows);

    /// <inheritdoc/>
    public ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null)
    {
        var metrics = LossEvaluator.Measure(
            model, Shards.Validation, _bytes.Value, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group);
        return new(metrics.Loss, BitsPerByte: metrics.BitsPerByte);
    }

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();
}
