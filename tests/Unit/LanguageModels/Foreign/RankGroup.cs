namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>Ranks in one process that add up numbers.</summary>
internal sealed class RankGroup(int count)
{
    private readonly double[][] _values = new double[count][];
    private double[] _sums = [];
    private int _arrived, _round;

    public int Count => count;

    /// <summary>Returns the sums of what all ranks give, once all have given it.</summary>
    public double[] Sum(int rank, double[] own)
    {
        lock (_values)
        {
            _values[rank] = own;
            if (++_arrived == count)
            {
                _sums = [.. Enumerable.Range(0, own.Length).Select(i => _values.Sum(values => values[i]))];
                (_arrived, _round) = (0, _round + 1);
                Monitor.PulseAll(_values);
                return _sums;
            }
            for (var round = _round; round == _round;)
                if (!Monitor.Wait(_values, TimeSpan.FromSeconds(30))) throw new TimeoutException("A rank did not arrive.");
            return _sums;
        }
    }
}
