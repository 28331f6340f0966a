using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>The bounds a single value of a plan can break.</summary>
internal static class PlanRange
{
    public static IEnumerable<ConfigurationProblem> AtLeast(double minimum, double value, string key) =>
        value >= minimum && double.IsFinite(value) ? [] : [CreateProblem($"{key} is {value}; it must be at least {minimum}.", key)];

    public static IEnumerable<ConfigurationProblem> MoreThan(double minimum, double value, string key) =>
        value > minimum && double.IsFinite(value) ? [] : [CreateProblem($"{key} is {value}; it must be more than {minimum}.", key)];

    public static IEnumerable<ConfigurationProblem> Share(double value, string key) =>
        value is >= 0 and < 1 ? [] : [CreateProblem($"{key} is {value}; it must be 0 … 1, and less than 1.", key)];

    /// <summary>A number as a person would write it: 3e-05, not 2.9999999999999997e-05.</summary>
    public static string FormatNumber(double value) => value.ToString("0.###e-00", CultureInfo.InvariantCulture);

    private static ConfigurationProblem CreateProblem(FormattableString text, string key) =>
        new(text.ToString(CultureInfo.InvariantCulture), key);
}
