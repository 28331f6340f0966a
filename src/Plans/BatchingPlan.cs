using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>How many steps there are and what one holds: section <c>training</c> of a plan.</summary>
/// <param name="Steps">The last optimizer step; steps are counted from 1.</param>
/// <param name="MicroBatchSize">Sequences that go through the model at once.</param>
/// <param name="SequenceLength">Tokens of a sequence.</param>
/// <param name="AccumulationSteps">Batches whose gradients are averaged before the optimizer moves.</param>
public sealed record BatchingPlan(long Steps, int MicroBatchSize, int SequenceLength, int AccumulationSteps = 1)
{
    /// <summary>
    /// How often all examples are read; null where <see cref="Steps"/> says how long training is. Steps follow from it and from
    /// the number of examples, so they are 0 until the data is known: see <c>ITrainingData.ResolveSteps</c>.
    /// </summary>
    public double? Epochs { get; init; }

    /// <summary>Rows the optimizer learns from in one step.</summary>
    public int RowsPerStep => MicroBatchSize * AccumulationSteps;

    /// <summary>Tokens the optimizer learns from in one step, where rows are full.</summary>
    public long TokensPerStep => (long)MicroBatchSize * SequenceLength * AccumulationSteps;

    internal IEnumerable<ConfigurationProblem> FindProblems() =>
    [
        .. Epochs is { } epochs ? PlanRange.MoreThan(0, epochs, "training.epochs") : PlanRange.AtLeast(1, Steps, "training.steps"),
        .. PlanRange.AtLeast(1, MicroBatchSize, "training.micro_batch_size"),
        .. PlanRange.AtLeast(1, SequenceLength, "training.sequence_length"),
        .. PlanRange.AtLeast(1, AccumulationSteps, "training.accumulation_steps"),
    ];
}
