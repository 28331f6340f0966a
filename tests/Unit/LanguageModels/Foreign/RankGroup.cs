namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>Ranks in one process that add up numbers.</summary>
internal sealed class RankGroup(int count)
{
    private readonly Barrier _barrier = new(count);
    private readonly double[][] _values = new double[count][];

    public int Count => count;

    /// <summary>Returns the sums of what all ranks give.</summary>
    public double[] Sum(int rank, double[] own)
    {
        _values[rank] = own;
        Wait();
        double[] sums = [.. Enumerable.Range(0, own.Length).Select(i => _values.Sum(values => values[i]))];
        Wait();
        return sums;
    }

    private void Wait()
    {
        if (!_barrier.SignalAndWait(TimeSpan.FromSeconds(30))) throw new TimeoutException("A rank did not arrive.");
    }
}
