namespace TurkishLlm.Monitoring.Pages;

/// <summary>An axis of a chart: its ticks, and the position of a value.</summary>
internal sealed class Axis
{
    private readonly double _low, _high;
    private readonly bool _logarithmic;

    private Axis(double low, double high, bool logarithmic, IReadOnlyList<double> ticks) =>
        (_low, _high, _logarithmic, Ticks) = (low, high, logarithmic, ticks);

    /// <summary>Round values with a grid line, ascending.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Creates an axis from round values that enclose the range.</summary>
    public static Axis CreateRounded(double low, double high, int tickCount, bool logarithmic = false)
    {
        if (high <= low) (low, high) = (low - Math.Max(Math.Abs(low) * 0.1, 1e-12), high + Math.Max(Math.Abs(high) * 0.1, 1e-12));
        logarithmic &= low > 0;
        var ticks = GetRoundTicks(low, high, tickCount);
        if (!logarithmic) return new(ticks[0], ticks[^1], logarithmic, ticks);
        return new(
            low, high, logarithmic,
            [.. (high / low > 10 ? GetDecadeTicks(low, high) : ticks).Where(tick => tick >= low && tick <= high)]);
    }

    /// <summary>Creates an axis with exactly the range.</summary>
    public static Axis CreateExact(double low, double high, int tickCount, bool logarithmic = false)
    {
        logarithmic &= low > 0 && high / low > 10;
        return new(
            low, high, logarithmic,
            [
                .. (logarithmic ? GetDecadeTicks(low, high) : GetRoundTicks(0, high, tickCount))
                    .Where(tick => tick <= high && (tick >= low || !logarithmic))
                    .Select(tick => Math.Max(tick, low)),
            ]);
    }

    /// <summary>Returns the position of a value: 0 at the start, 1 at the end.</summary>
    public double GetPosition(double value) =>
        _logarithmic ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);

    private static double[] GetDecadeTicks(double low, double high)
    {
        double[] within = high / low > 1000 ? [1] : [1, 2, 5];
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Floor(Math.Log10(high)));
        return
        [
            .. Enumerable.Range(first, last - first + 1).SelectMany(power => within.Select(digit => digit * Math.Pow(10, power))),
        ];
    }

    // Values 1, 2 or 5 × 10ⁿ apart that enclose the range.
    private static double[] GetRoundTicks(double low, double high, int tickCount)
    {
        var rough = (high - low) / tickCount;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var (from, to) = ((long)Math.Floor(low / step + 1e-9), (long)Math.Ceiling(high / step - 1e-9));
        return [.. Enumerable.Range(0, (int)(to - from) + 1).Select(i => (from + i) * step)];
    }
}
