using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using static System.FormattableString;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// The rows of a step that one process reads. Together the processes read the rows that a single process would read, each once,
/// so the batch of the optimizer does not depend on the number of processes.
/// </summary>
/// <remarks>
/// If the number of processes divides the accumulation steps, the micro-batches are those of a single process, and so are the
/// dropout masks. Spec: RNK-01.
/// </remarks>
/// <param name="FirstRow">First row of the step that this process reads.</param>
/// <param name="MicroBatchSize">Rows per micro-batch.</param>
/// <param name="MicroBatchCount">Number of micro-batches.</param>
public sealed record RankShard(int FirstRow, int MicroBatchSize, int MicroBatchCount)
{
    /// <summary>Number of rows of the shard.</summary>
    public int Rows => MicroBatchSize * MicroBatchCount;

    /// <summary>First row of each micro-batch.</summary>
    public IEnumerable<int> MicroBatchFirstRows =>
        Enumerable.Range(0, MicroBatchCount).Select(batch => FirstRow + batch * MicroBatchSize);

    /// <summary>
    /// Creates the shard of a process: equal parts in the order of ranks, in micro-batches no larger than the plan's.
    /// </summary>
    /// <param name="batching">The batch sizes of the plan.</param>
    /// <param name="rank">The rank of the process.</param>
    /// <param name="worldSize">Number of processes.</param>
    /// <exception cref="ConfigurationException">The number of processes does not divide the rows of a step.</exception>
    public static RankShard Create(BatchingPlan batching, int rank, int worldSize)
    {
        ArgumentNullException.ThrowIfNull(batching);
        var all = batching.RowsPerStep;
        if (all % worldSize != 0)
            throw new ConfigurationException(new ConfigurationProblem[]
            {
                new(
                    string.Create(
                        CultureInfo.InvariantCulture, $"A step has training.micro_batch_size {batching.MicroBatchSize} × "
                            + $"training.accumulation_steps {batching.AccumulationSteps} = {all} sequences, which "
                            + $"{worldSize} processes do not divide. Use {FindNearestDivisors(all, worldSize)} processes."),
                    "training.micro_batch_size", "training.accumulation_steps"),
            });
        var rows = all / worldSize;
        var batch = Enumerable.Range(1, batching.MicroBatchSize).Last(n => rows % n == 0);
        return new RankShard(rank * rows, batch, rows / batch);
    }

    private static string FindNearestDivisors(int all, int size)
    {
        var divisors = Enumerable.Range(1, all).Where(n => all % n == 0).ToArray();
        int below = divisors.Last(n => n < size), above = divisors.FirstOrDefault(n => n > size);
        return above == 0 ? Invariant($"{below}") : Invariant($"{below} or {above}");
    }
}
