using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace TurkishLlm.Cli.Options;

/// <summary>
/// Creates options for decimal numbers with a decimal point. The default parser of System.CommandLine reads a comma as a
/// thousands separator, so that a temperature of 0,8 would silently be 8.
/// </summary>
internal static class DecimalOption
{
    public static Option<double> Create(string name, string description, double defaultValue) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = Parse,
    };

    /// <summary>Creates an option without a default value.</summary>
    public static Option<double?> CreateOptional(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(result),
    };

    private static double Parse(ArgumentResult result)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (result.Tokens is [var token] && double.TryParse(token.Value, style, CultureInfo.InvariantCulture, out var value))
            return value;
        result.AddError("not a number");
        return 0;
    }
}
