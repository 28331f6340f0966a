using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Formats quantities, independent of the culture.</summary>
internal static class Format
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(long value) => value switch
    {
        >= 1L << 30 => Invariant($"{value / (double)(1L << 30):F2} GB"),
        >= 1L << 20 => Invariant($"{value / (double)(1L << 20):F1} MB"),
        >= 1L << 10 => Invariant($"{value / (double)(1L << 10):F1} KB"),
        _ => Invariant($"{value} B"),
    };

    public static string Percent(double share) => double.IsNaN(share) ? "–" : Invariant($"{100 * share:F1} %");

    public static string Rate(double perSecond) =>
        perSecond >= 1000 ? Invariant($"{perSecond / 1000:F1}k") : Invariant($"{perSecond:F0}");

    /// <summary>Formats a number with three digits and a unit: 154k, 3.27B.</summary>
    public static string Compact(double value) => ShortNumber.Format(value);

    public static string Money(double value, string currency) => Invariant($"{value:F2} {currency}").TrimEnd();

    public static string Duration(double seconds) => seconds switch
    {
        double.NaN => "–",
        < 10 => Invariant($"{seconds:F1} s"),
        < 100 => Invariant($"{seconds:F0} s"),
        < 3600 => Invariant($"{(int)seconds / 60}:{(int)seconds % 60:D2} min"),
        < 100 * 3600 => Invariant($"{(int)seconds / 3600}:{(int)seconds / 60 % 60:D2} h"),
        _ => Invariant($"{seconds / 86400:F1} d"),
    };

    /// <summary>Formats a count with its noun: 1 step, 2 steps.</summary>
    public static string Count(long value, string noun) => Quantity.Format(value, noun);

    /// <summary>Formats a count with a noun that has an irregular plural: 1 reply, 2 replies.</summary>
    public static string Count(long value, string noun, string plural) => Quantity.Format(value, noun, plural);

    /// <summary>Formats an amount in dollars; amounts below one dollar with up to four decimals.</summary>
    public static string Dollars(decimal value) =>
        value == 0 || value >= 1 ? Invariant($"${value:N2}") : Invariant($"${value:0.00##}");

    /// <summary>Makes paths below the working directory relative.</summary>
    public static string RelativePaths(string text)
    {
        var here = Path.TrimEndingDirectorySeparator(Directory.GetCurrentDirectory()) + Path.DirectorySeparatorChar;
        return here.Length > 1 ? text.Replace(here, "", StringComparison.Ordinal) : text;
    }

    /// <summary>Quotes a path for a shell, if necessary.</summary>
    public static string ShellQuote(string path)
    {
        path = RelativePaths(path);
        return path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+=:,@".Contains(c, StringComparison.Ordinal))
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
