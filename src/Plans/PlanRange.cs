using System.Globalization;
using System.Text.Json.Nodes;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>The allowed values of a number in a plan.</summary>
public sealed record PlanRange
{
    private readonly double _minimum, _maximum;
    private readonly bool _excludesMinimum, _excludesMaximum;

    private PlanRange(double minimum, bool excludesMinimum, double maximum, bool excludesMaximum, FormattableString rule)
    {
        (_minimum, _excludesMinimum, _maximum, _excludesMaximum) = (minimum, excludesMinimum, maximum, excludesMaximum);
        Rule = rule.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The range as text, to follow "it must be".</summary>
    public string Rule { get; private init; }

    internal static PlanRange AtLeast(double minimum) => new(minimum, false, double.MaxValue, false, $"at least {minimum}");

    internal static PlanRange MoreThan(double minimum) => new(minimum, true, double.MaxValue, false, $"more than {minimum}");

    internal static PlanRange MoreThanUpTo(double minimum, double maximum) =>
        new(minimum, true, maximum, false, $"more than {minimum} and at most {maximum}");

    internal static PlanRange Between(double minimum, double maximum) =>
        new(minimum, false, maximum, false, $"{minimum} … {maximum}");

    internal static PlanRange ZeroToLessThan(double maximum) =>
        new(0, false, maximum, true, $"0 … {maximum}, and less than {maximum}");

    /// <summary>The same range with the reason for its bounds.</summary>
    internal PlanRange Because(string reason) => this with { Rule = $"{Rule}: {reason}" };

    /// <summary>Returns the problem of a value outside the range; null if the value is allowed.</summary>
    internal ConfigurationProblem? FindProblem(IConvertible value, string key) =>
        Contains(value.ToDouble(CultureInfo.InvariantCulture))
            ? null
            : new(string.Create(CultureInfo.InvariantCulture, $"{key} is {value}; it must be {Rule}."), key);

    /// <summary>Adds the bounds to the JSON Schema of a number.</summary>
    internal void AddTo(JsonObject schema)
    {
        schema[_excludesMinimum ? "exclusiveMinimum" : "minimum"] = _minimum;
        if (_maximum < double.MaxValue) schema[_excludesMaximum ? "exclusiveMaximum" : "maximum"] = _maximum;
    }

    private bool Contains(double value) =>
        double.IsFinite(value)
        && (_excludesMinimum ? value > _minimum : value >= _minimum)
        && (_excludesMaximum ? value < _maximum : value <= _maximum);
}
