using System.Globalization;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Formats numbers for pages.</summary>
internal static class PageNumber
{
    public static string Format(double value) =>
        !double.IsFinite(value) ? "–" : value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    public static string FormatLearningRate(double value) =>
        value == 0 ? "0" : value.ToString("0.##e-0", CultureInfo.InvariantCulture);
}
