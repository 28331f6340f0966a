using System.Globalization;
using System.Text;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>Short forms of numbers, on both sides of each change of unit and of digits.</summary>
[Trait("Suite", "Fast")]
public sealed class ShortNumberTests
{
    private static readonly double[] Numbers =
    [
        0, 0.004, 0.006, 0.125, 1.236, 9.994, 9.999, 10, 10.36, 12.36, 99.54, 100.4, 99.94, 99.97, 100, 123.6, 999.4, 999.5,
        1000, 1236, 12_360, 123_600, 999_499, 999_500, 1e6, 1.236e6, 9.995e8, 9.994e8, 1.236e9, 3.27e9, 4.5e12, -0.125,
        -12.36, -1236, -999.5, -2.5e6, 999_499.5, 999_499_999.5, double.NaN, double.PositiveInfinity,
    ];

    private static readonly long[] Bytes =
    [
        0, 1, 100, 1023, 1024, 1536, 102_400, (1L << 20) - 1, 1L << 20, 3L << 19, 150L << 20, (1L << 30) - 1, 1L << 30, 5L << 29,
        (1L << 40) + 1,
    ];

    private static readonly double[] Rates =
        [0, 4e3, 1.236e6, 999.4e6, 999_499_999.5, 999.5e6, 4.75e9, 475e9, 999.4e9, 999_499_999_999.5,
            999.5e9, 1.979e12, 990e12, 3e15];

    private static readonly double[] Seconds = [0, 0.004, 0.25, 1, 59.94, 59.99, 60, 90, 601, 3599, 3600, 5400, 360_000, 1e7];

    [Fact]
    public void Formats_on_both_sides_of_each_limit()
    {
        var text = new StringBuilder();
        foreach (var value in Numbers) Append(value, ShortNumber.Format(value));
        foreach (var value in Bytes) Append(value, ShortNumber.FormatBytes(value));
        foreach (var value in Rates) Append(value, ShortNumber.FormatFlops(value));
        foreach (var value in Seconds) Append(value, ShortNumber.FormatDuration(value));
        var peak = new PeakRate(4.75e11, "given");
        text.Append(CultureInfo.InvariantCulture, $"{peak}; {peak.ForProcesses(1)}; {peak.ForProcesses(3)}\n");
        GoldenFile.Compare("ShortNumbers", text.ToString());

        void Append(double value, string formatted) => text.Append(CultureInfo.InvariantCulture, $"{value:R}: {formatted}\n");
    }
}
