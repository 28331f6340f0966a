using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// The rows of a step that one process reads. Whatever the number of processes, together they read the rows that one
/// would, each once: the batch that the optimizer sees is that of the plan.
/// </summary>
/// <remarks>
/// Where the number of processes divides the accumulation steps, their micro-batches are those of a single process, and
/// so is what dropout drops. Spec: RNK-01.
/// </remarks>
/// <param name="FirstRow">Row of the step that it begins with.</param>
/// <param name="MicroBatchSize">Rows that go through the model at once.</param>
/// <param name="MicroBatchCount">How many such batches there are.</param>
public sealed record RankShard(int FirstRow, int MicroBatchSize, int MicroBatchCount)
{
    /// <summary>Rows it has in all.</summary>
    public int Rows => MicroBatchSize * MicroBatchCount;

    /// <summary>First row of each micro-batch.</summary>
    public IEnumerable<int> MicroBatchFirstRows => Enumerable.Range(0, MicroBatchCount).Select(batch => FirstRow + batch * MicroBatchSize);

    /// <summary>The share of a process: equal parts in the order of ranks, in micro-batches no larger than the plan's.</summary>
    /// <param name="batching">What a step holds.</param>
    /// <param name="rank">The process.</param>
    /// <param name="worldSize">How many processes there are.</param>
    /// <exception cref="ConfigurationException">The rows of a step cannot be shared out equally.</exception>
    public static RankShard Create(BatchingPlan batching, int rank, int worldSize)
    {
        ArgumentNullException.ThrowIfNull(batching);
        var all = batching.RowsPerStep;
        if (all % worldSize != 0)
            throw new ConfigurationException(new ConfigurationProblem[]
            {
                new(string.Create(CultureInfo.InvariantCulture, $"A step has training.micro_batch_size {batching.MicroBatchSize} × training.accumulation_steps {batching.AccumulationSteps} = {all} sequences, which {worldSize} processes do not divide. Use {FindNearestDivisors(all, worldSize)} processes."),
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
        return above == 0 ? FormattableString.Invariant($"{below}") : FormattableString.Invariant($"{below} or {above}");
    }
}
