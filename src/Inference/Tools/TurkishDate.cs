using System.Globalization;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Tools;

/// <summary>Dates as Turkish writes them: 29.10.1923, 29 Ekim 1923, and 1923-10-29.</summary>
internal static class TurkishDate
{
    private static readonly string[] Months =
    [
        "ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık",
    ];

    private static readonly string[] Days =
        ["Pazar", "Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi"];

    private static readonly string[] Forms = ["d.M.yyyy", "d/M/yyyy", "yyyy-M-d"];

    /// <summary>Reads a date.</summary>
    /// <exception cref="ToolException">The date is written otherwise, or does not exist.</exception>
    public static DateOnly Parse(string text)
    {
        var word = text.Trim();
        if (DateOnly.TryParseExact(word, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        var parts = word.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 3 && Array.IndexOf(Months, TurkishCase.ToLower(parts[1])) is >= 0 and var month
            && DateOnly.TryParseExact(
                FormattableString.Invariant($"{parts[0]}.{month + 1}.{parts[2]}"), Forms[0], CultureInfo.InvariantCulture,
                DateTimeStyles.None, out date))
            return date;
        throw new ToolException($"{word} bir tarih değil: 29.10.1923, 29 Ekim 1923 veya 1923-10-29 gibi yaz.");
    }

    /// <summary>Returns the date with its day of the week: 29.10.1923 Pazartesi.</summary>
    public static string Write(DateOnly date) =>
        FormattableString.Invariant($"{date:dd.MM.yyyy} {Days[(int)date.DayOfWeek]}");
}
