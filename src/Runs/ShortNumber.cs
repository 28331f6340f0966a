using System.Globalization;

namespace TurkishLlm.Runs;

/// <summary>Formats numbers, sizes and durations briefly.</summary>
public static class ShortNumber
{
    /// <summary>Formats a number with three digits and a unit: 12.5k, 3.27B.</summary>
    public static string Format(double value)
    {
        if (!double.IsFinite(value)) return "–";
        var (scaled, unit) = Math.Abs(value) switch
        {
            >= 999.5e6 => (value / 1e9, "B"),
            >= 999.5e3 => (value / 1e6, "M"),
            >= 999.5 => (value / 1e3, "k"),
            _ => (value, ""),
        };
        return Digits(scaled) + unit;
    }

    /// <summary>Formats a rate of floating-point operations.</summary>
    public static string FormatFlops(double perSecond) => perSecond switch
    {
        >= 999.5e9 => Digits(perSecond / 1e12) + " TFLOP/s",
        >= 999.5e6 => Digits(perSecond / 1e9) + " GFLOP/s",
        _ => Digits(perSecond / 1e6) + " MFLOP/s",
    };

    /// <summary>Formats a size in binary units.</summary>
    public static string FormatBytes(long bytes) => bytes switch
    {
        >= 1L << 30 => Digits(bytes / (double)(1L << 30)) + " GiB",
        >= 1L << 20 => Digits(bytes / (double)(1L << 20)) + " MiB",
        _ => Digits(bytes / 1024.0) + " KiB",
    };

    /// <summary>Formats a duration in its largest unit.</summary>
    public static string FormatDuration(double seconds) => seconds switch
    {
        >= 3600 => Digits(seconds / 3600) + " h",
        >= 60 => Digits(seconds / 60) + " min",
        _ => Digits(seconds) + " s",
    };

    private static string Digits(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
