using System.Globalization;

namespace TurkishLlm.Files;

/// <summary>Formats a count with its noun in the right number: 1 step, 2 steps. Messages of all libraries use it.</summary>
public static class Quantity
{
    /// <summary>Formats a count with a regular noun.</summary>
    /// <param name="count">The count; thousands are separated by commas.</param>
    /// <param name="noun">The noun in the singular.</param>
    public static string Format(long count, string noun) => Format(count, noun, noun + "s");

    /// <summary>Formats a count with a noun that has an irregular plural.</summary>
    /// <param name="count">The count; thousands are separated by commas.</param>
    /// <param name="singular">The noun in the singular.</param>
    /// <param name="plural">The noun in the plural.</param>
    public static string Format(long count, string singular, string plural) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? singular : plural)}";
}
