using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace TurkishLlm.Inference.Tools.Arithmetic;

/// <summary>Numbers as Turkish writes them: a decimal comma, and dots between groups of three digits (1.234,56).</summary>
internal static partial class TurkishNumber
{
    /// <summary>Reads a number without a sign.</summary>
    /// <exception cref="ToolException">
    /// The number is written otherwise. A dot that separates no thousands is refused, because 1.5 and 1.500 would mean numbers of
    /// different sizes.
    /// </exception>
    public static Fraction Parse(string text)
    {
        if (!Form().IsMatch(text))
            throw new ToolException($"{text} bir sayı değil: ondalık ayırıcı virgül, binlik ayırıcı noktadır (1.234,56).");
        var parts = text.Replace(".", "", StringComparison.Ordinal).Split(',');
        var decimals = parts.Length > 1 ? parts[1] : "";
        return Fraction.Create(
            BigInteger.Parse(parts[0] + decimals, NumberStyles.None, CultureInfo.InvariantCulture),
            BigInteger.Pow(10, decimals.Length));
    }

    [GeneratedRegex(@"\A([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?\z")]
    private static partial Regex Form();
}
