namespace TurkishLlm.Training.Safety;

/// <summary>The last values of a quantity, and how far a new one lies above them.</summary>
/// <remarks>
/// A value is compared with those before it only: one that is compared with itself pulls mean and deviation towards it, and
/// in a window of n no z-score could pass √(n − 1). Spec: SAF-01.
/// </remarks>
public sealed class SpikeWindow
{
    // A window that hardly varies would make a jump of every value: deviations below this share of the mean count as it.
    private const double SmallestDeviation = 1e-4;

    private readonly int _size;
    private readonly Queue<double> _values;

    /// <param name="size">How many values are remembered.</param>
    /// <param name="values">Values of an earlier window, oldest first; the newest of them are taken over.</param>
    public SpikeWindow(int size, IReadOnlyList<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        (_size, _values) = (size, new(values.TakeLast(size)));
    }

    /// <summary>The values, oldest first.</summary>
    public IReadOnlyList<double> Values => [.. _values];

    /// <summary>Standard deviations between the mean of the window and a value that is not in it.</summary>
    /// <returns>Negative below the mean; null while the window is not full.</returns>
    public double? GetZScore(double value)
    {
        if (_values.Count < _size) return null;
        var mean = _values.Sum() / _size;
        var deviation = Math.Sqrt(_values.Sum(v => (v - mean) * (v - mean)) / _size);
        return (value - mean) / Math.Max(deviation, SmallestDeviation * Math.Abs(mean));
    }

    /// <summary>Remembers a value in place of the oldest.</summary>
    public void Add(double value)
    {
        if (_values.Count == _size) _values.Dequeue();
        _values.Enqueue(value);
    }
}
