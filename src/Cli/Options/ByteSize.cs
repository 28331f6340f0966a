using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>Parses sizes of memory in binary units, as <c>Format.Bytes</c> writes them: 24GB is 24 · 2³⁰ bytes.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["KB", "MB", "GB", "TB"];

    /// <summary>Parses a size.</summary>
    /// <param name="text">A number, optionally followed by a unit.</param>
    /// <param name="option">Name of the option, for errors.</param>
    /// <exception cref="ConfigurationException">The text is not a size.</exception>
    public static long Parse(string text, string option)
    {
        var power = Array.FindIndex(Units, unit => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase));
        var number = power < 0 ? text : text[..^2].TrimEnd();
        return
            decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size)
            && (size *= 1L << (10 * (power + 1))) is >= 1 and < long.MaxValue
            ? (long)size
            : throw new ConfigurationException($"{option} is {text}; it must be a size, such as 24GB.");
    }
}
