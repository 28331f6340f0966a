namespace TurkishLlm.Training.Safety;

/// <summary>A window of the last values of a quantity, to compare new values with.</summary>
/// <remarks>
/// A value is compared with earlier values only. A value inside the window would pull mean and deviation toward itself, and in a
/// window of n no z-score could exceed √(n − 1). Spec: SAF-01.
/// </remarks>
public sealed class SpikeWindow
{
    // In a window that hardly varies every value would be a spike: smaller deviations count as this share of the mean.
    private const double SmallestDeviation = 1e-4;

    private readonly int _size;
    private readonly Queue<double> _values;

    /// <param name="size">Number of values in the window.</param>
    /// <param name="values">Values of an earlier window, oldest first; the newest of them are kept.</param>
    public SpikeWindow(int size, IReadOnlyList<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        (_size, _values) = (size, new(values.TakeLast(size)));
    }

    /// <summary>The values, oldest first.</summary>
    public IReadOnlyList<double> Values => [.. _values];

    /// <summary>Returns the number of standard deviations between the mean of the window and a new value.</summary>
    /// <returns>Negative below the mean; null until the window is full.</returns>
    public double? GetZScore(double value)
    {
        if (_values.Count < _size) return null;
        var mean = _values.Sum() / _size;
        var deviation = Math.Sqrt(_values.Sum(v => (v - mean) * (v - mean)) / _size);
        return (value - mean) / Math.Max(deviation, SmallestDeviation * Math.Abs(mean));
    }

    /// <summary>Adds a value and removes the oldest.</summary>
    public void Add(double value)
    {
        if (_values.Count == _size) _values.Dequeue();
        _values.Enqueue(value);
    }
}
