namespace TurkishLlm.Plans;

/// <summary>Length of training and size of a batch: section <c>training</c> of a plan.</summary>
/// <param name="Steps">Number of optimizer steps, which is also the last one: steps are counted from 1.</param>
/// <param name="MicroBatchSize">Number of rows in one forward and backward pass.</param>
/// <param name="SequenceLength">Length of a row in tokens.</param>
/// <param name="AccumulationSteps">
/// Number of micro-batches in a step; their losses are summed and divided by the loss terms of the step.
/// </param>
public sealed record BatchingPlan(long Steps, int MicroBatchSize, int SequenceLength, int AccumulationSteps = 1)
{
    /// <summary>
    /// Number of passes over all examples; null if <see cref="Steps"/> gives the length of training. <see cref="Steps"/> follows
    /// from it and from the number of examples, so it is 0 until the data is known: see <c>ITrainingData.ResolveSteps</c>.
    /// </summary>
    public double? Epochs { get; init; }

    /// <summary>What the backward pass computes again, to save memory.</summary>
    public ActivationCheckpointing ActivationCheckpointing { get; init; }

    /// <summary>Moving average of the weights that checkpoints also hold; null for none.</summary>
    public EmaPlan? Ema { get; init; }

    /// <summary>Number of rows in a batch.</summary>
    public int RowsPerStep => MicroBatchSize * AccumulationSteps;

    /// <summary>Number of tokens in a batch of full rows.</summary>
    public long TokensPerStep => (long)MicroBatchSize * SequenceLength * AccumulationSteps;
}
