using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Spec.Tools;

/// <summary>Computes an expression.</summary>
public delegate string Compute(string expression);

/// <summary>Expressions with their values.</summary>
/// <param name="Name">What they have in common.</param>
/// <param name="Values">Expressions and their values, computed by hand.</param>
public sealed record CalculatorCase(string Name, params IReadOnlyList<(string Expression, string Value)> Values)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Arithmetic of the calculator: TOOL-06.</summary>
public static partial class CalculatorSpec
{
    /// <summary>TOOL-06.</summary>
    public static readonly Requirement<CalculatorCase, Compute> TOOL_06_Exact = new()
    {
        Id = "TOOL-06",
        Statement = "The calculator is exact: numbers have a decimal comma and dots between thousands, no digit is lost, powers "
            + "bind to the right and before a sign, products before sums, and x % is x/100.",
        Source = "IEEE 754 has no 0,1; Türk Dil Kurumu, Yazım Kılavuzu, numbers; the usual rules of arithmetic",
        CanonicalCases =
        [
            new(
                "prices", ("1.234,56 + 0,44", "1235"), ("0,1 + 0,2", "0,3"), ("1.500 × 2", "3000"), ("2^3^2", "512"),
                ("-2^2", "-4"), ("200 + 10%", "200,1"), ("2 + 3 × 4", "14"), ("100 − 30 − 5", "65"),
                ("12345678901234567890123 + 1", "12345678901234567890124"), ("10 ÷ 3 × 3", "10")),
            new(
                "long numbers", ("0,1 × 3", "0,3"), ("10.000 + 1", "10001"), ("2^2^3", "256"), ("-3^2 + 1", "-8"),
                ("50 − 20%", "49,8"), ("10 − 2 × 3", "4"), ("8 − 4 − 2", "2"), ("1 ÷ 7 × 7", "1"),
                ("99999999999999999999999999999999 × 10", "999999999999999999999999999999990"),
                ("(1 + 2) × (3 − 5)", "-6"), ("2^-2", "0,25"), ("7²", "49")),
        ],
        Subject = (_, _) => CalculatorTool.Compute,
        Holds = (compute, c, _) => Verdict.All(
            c.Values.Select(value => Verdict.Equal(value.Value, compute(value.Expression), value.Expression))),
        Impostors = new()
        {
            ["values are doubles"] = WithValue(value => double.Parse(value.Replace(',', '.'), CultureInfo.InvariantCulture)
                .ToString("G17", CultureInfo.InvariantCulture).Replace('.', ',')),
            ["a dot is a decimal point"] = WithExpression(
                text => text.Replace(",", "", StringComparison.Ordinal).Replace('.', ',')),
            ["powers bind to the left"] = WithExpression(text => Tower().Replace(text, "($1^$2)^$3")),
            ["a sign binds before a power"] = WithExpression(text => SignedPower().Replace(text, "(-$1)^")),
            ["a percentage is of the number before it"] = WithExpression(
                text => Percentage().Replace(text, "$1 $2 $1 × $3 ÷ 100")),
            ["from left to right"] = WithExpression(text => LaterProduct().Replace(text, "($1 $2 $3) ×")),
            ["differences bind to the right"] = WithExpression(text => Differences().Replace(text, "$1 − ($2 − $3)")),
            ["quotients are rounded"] = WithExpression(text => Quotient().Replace(text, match => string.Create(
                CultureInfo.InvariantCulture, $"{Parse(match.Groups[1]) / Parse(match.Groups[2])} ×").Replace('.', ','))),
            ["values have dots between thousands"] = WithValue(value => value.Length > 3 && value.All(char.IsAsciiDigit)
                ? $"{value[..^3]}.{value[^3..]}"
                : value),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [TOOL_06_Exact];

    private static decimal Parse(Group digits) => decimal.Parse(digits.Value, CultureInfo.InvariantCulture);

    private static Func<CalculatorCase, Conditions, Compute> WithValue(Func<string, string> change) =>
        (_, _) => expression => change(CalculatorTool.Compute(expression));

    private static Func<CalculatorCase, Conditions, Compute> WithExpression(Func<string, string> change) =>
        (_, _) => expression => CalculatorTool.Compute(change(expression));

    [GeneratedRegex(@"\A(\d+)\^(\d+)\^(\d+)\z")]
    private static partial Regex Tower();

    [GeneratedRegex(@"-(\d+)\^")]
    private static partial Regex SignedPower();

    [GeneratedRegex(@"\A(\d+) ([+−]) (\d+)%\z")]
    private static partial Regex Percentage();

    [GeneratedRegex(@"\A(\d+) ([+−]) (\d+) ×")]
    private static partial Regex LaterProduct();

    [GeneratedRegex(@"\A(\d+) − (\d+) − (\d+)\z")]
    private static partial Regex Differences();

    [GeneratedRegex(@"\A(\d+) ÷ (\d+) ×")]
    private static partial Regex Quotient();
}
