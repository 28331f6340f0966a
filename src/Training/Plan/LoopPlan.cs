using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>How many steps there are and what one holds: section <c>training</c> of a plan.</summary>
/// <param name="Steps">The last optimizer step; steps are counted from 1.</param>
/// <param name="BatchSize">Sequences that go through the model at once.</param>
/// <param name="SequenceLength">Tokens of a sequence.</param>
/// <param name="AccumulationSteps">Batches whose gradients are averaged before the optimizer moves.</param>
public sealed record LoopPlan(long Steps, int BatchSize, int SequenceLength, int AccumulationSteps = 1)
{
    /// <summary>
    /// How often all examples are read; null where <see cref="Steps"/> says how long training is. Steps follow from it and from
    /// the number of examples, so they are 0 until the data is known: see <see cref="ITrainingData.Settle"/>.
    /// </summary>
    public double? Epochs { get; init; }

    /// <summary>Rows the optimizer learns from in one step.</summary>
    public int RowsPerStep => BatchSize * AccumulationSteps;

    /// <summary>Tokens the optimizer learns from in one step, where rows are full.</summary>
    public long TokensPerStep => (long)BatchSize * SequenceLength * AccumulationSteps;

    internal IEnumerable<ConfigurationProblem> Problems() =>
    [
        .. Epochs is { } epochs ? Rule.MoreThan(0, epochs, "training.epochs") : Rule.AtLeast(1, Steps, "training.steps"),
        .. Rule.AtLeast(1, BatchSize, "training.batch_size"),
        .. Rule.AtLeast(1, SequenceLength, "training.sequence_length"),
        .. Rule.AtLeast(1, AccumulationSteps, "training.accumulation_steps"),
    ];
}
