using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>The bounds a single value of a plan can break.</summary>
internal static class Rule
{
    public static IEnumerable<ConfigurationProblem> AtLeast(double bound, double value, string key) =>
        value >= bound && double.IsFinite(value) ? [] : [Problem($"{key} is {value}; it must be at least {bound}.", key)];

    public static IEnumerable<ConfigurationProblem> MoreThan(double bound, double value, string key) =>
        value > bound && double.IsFinite(value) ? [] : [Problem($"{key} is {value}; it must be more than {bound}.", key)];

    public static IEnumerable<ConfigurationProblem> Share(double value, string key) =>
        value is >= 0 and < 1 ? [] : [Problem($"{key} is {value}; it must be 0 … 1, and less than 1.", key)];

    /// <summary>A number as a person would write it: 3e-05, not 2.9999999999999997e-05.</summary>
    public static string Tidy(double value) => value.ToString("0.###e-00", CultureInfo.InvariantCulture);

    private static ConfigurationProblem Problem(FormattableString text, string key) =>
        new(text.ToString(CultureInfo.InvariantCulture), key);
}
