using System.Globalization;
using System.Text.RegularExpressions;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Finds the result of a calculation: the number after <c>####</c>, or the last number of a text.</summary>
/// <remarks>
/// Numbers are read as Turkish writes them: points group thousands, a comma begins the decimals. A point that groups no thousands
/// is a decimal point, and several commas group thousands, because translated calculations keep them. Spec: EVL-38. Source: Cobbe
/// et al. 2021, arXiv:2110.14168; the two ways to extract as in lm-evaluation-harness (strict-match, flexible-extract).
/// </remarks>
public static partial class FinalNumber
{
    private const string Mark = "####";

    /// <summary>Returns true if a reference answer ends with <c>####</c> and a number.</summary>
    public static bool IsMarked(string reference) => FindMarked(reference) is not null;

    /// <summary>Returns the number after the first <c>####</c>; null without one.</summary>
    public static decimal? FindMarked(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0) return null;
        var match = Number().Match(text, at + Mark.Length);
        return match.Success && string.IsNullOrWhiteSpace(text[(at + Mark.Length)..match.Index].Trim('₺', '$', '€', ' '))
            ? Parse(match.Value) : null;
    }

    /// <summary>Returns the last number of a text; null if it has none.</summary>
    public static decimal? FindLast(string text) =>
        Number().Matches(text).LastOrDefault() is { } match ? Parse(match.Value) : null;

    private static decimal? Parse(string text)
    {
        var commas = text.Count(c => c == ',');
        var isGroupedByCommas = commas > 1 || (commas == 1 && HasPointAfterComma(text));
        var grouping = GroupedByPoints().IsMatch(text) ? "." : isGroupedByCommas ? "," : " ";
        var plain = text.Replace(grouping, "", StringComparison.Ordinal).Replace(',', '.').Replace('−', '-');
        return decimal.TryParse(
            plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number : null;
    }

    private static bool HasPointAfterComma(string text) =>
        text.LastIndexOf('.') > text.IndexOf(',', StringComparison.Ordinal);

    // A sign is part of the number unless it stands between two.
    [GeneratedRegex(@"(?<![\d.,])[-−]?\d+(?:[.,]\d+)*", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[-−]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex GroupedByPoints();
}
