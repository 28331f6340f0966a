using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>
/// The rows of a step that one process reads. Whatever the number of processes, together they read the rows that one
/// would, each once: the batch that the optimizer sees is that of the plan.
/// </summary>
/// <remarks>
/// Where the number of processes divides the accumulation steps, their micro-batches are those of a single process, and
/// so is what dropout drops. Spec: RNK-01.
/// </remarks>
/// <param name="FirstRow">Row of the step that it begins with.</param>
/// <param name="BatchSize">Rows that go through the model at once.</param>
/// <param name="Batches">How many such batches there are.</param>
public sealed record RankShard(int FirstRow, int BatchSize, int Batches)
{
    /// <summary>Rows it has in all.</summary>
    public int Rows => BatchSize * Batches;

    /// <summary>First row of each micro-batch.</summary>
    public IEnumerable<int> FirstRows => Enumerable.Range(0, Batches).Select(batch => FirstRow + batch * BatchSize);

    /// <summary>The share of a process: equal parts in the order of ranks, in micro-batches no larger than the plan's.</summary>
    /// <param name="loop">What a step holds.</param>
    /// <param name="rank">The process.</param>
    /// <param name="size">How many processes there are.</param>
    /// <exception cref="ConfigurationException">The rows of a step cannot be shared out equally.</exception>
    public static RankShard Of(LoopPlan loop, int rank, int size)
    {
        ArgumentNullException.ThrowIfNull(loop);
        var all = loop.RowsPerStep;
        if (all % size != 0)
            throw new ConfigurationException(new ConfigurationProblem[]
            {
                new(string.Create(CultureInfo.InvariantCulture, $"A step has training.batch_size {loop.BatchSize} × training.accumulation_steps {loop.AccumulationSteps} = {all} sequences, which {size} processes do not divide. Use {Near(all, size)} processes."),
                    "training.batch_size", "training.accumulation_steps"),
            });
        var rows = all / size;
        var batch = Enumerable.Range(1, loop.BatchSize).Last(n => rows % n == 0);
        return new RankShard(rank * rows, batch, rows / batch);
    }

    private static string Near(int all, int size)
    {
        var divisors = Enumerable.Range(1, all).Where(n => all % n == 0).ToArray();
        int below = divisors.Last(n => n < size), above = divisors.FirstOrDefault(n => n > size);
        return above == 0 ? FormattableString.Invariant($"{below}") : FormattableString.Invariant($"{below} or {above}");
    }
}
