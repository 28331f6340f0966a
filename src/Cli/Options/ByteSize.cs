using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>Sizes as the command line takes them and <c>Format.Bytes</c> shows them: 24GB is 24 · 2³⁰ bytes, as memory is sold.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["KB", "MB", "GB", "TB"];

    /// <param name="text">A number, with a unit behind it or without.</param>
    /// <param name="option">What the size is for, in errors.</param>
    /// <exception cref="ConfigurationException">The text is no size.</exception>
    public static long Parse(string text, string option)
    {
        var power = Array.FindIndex(Units, unit => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase));
        var number = power < 0 ? text : text[..^2].TrimEnd();
        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size) && (size *= 1L << (10 * (power + 1))) is >= 1 and < long.MaxValue
            ? (long)size
            : throw new ConfigurationException($"{option} is {text}; it must be a size, such as 24GB.");
    }
}
