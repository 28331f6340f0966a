using System.Globalization;
using System.Numerics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TurkishLlm.Tools.Mutation.Generated.Operators;

/// <summary>Replaces a number by the next, the previous and the double.</summary>
internal sealed class ConstantOperator : IMutationOperator
{
    /// <inheritdoc/>
    public IEnumerable<SourceEdit> Mutate(SyntaxNode node, SemanticModel model)
    {
        if (node is not LiteralExpressionSyntax literal || !literal.IsKind(SyntaxKind.NumericLiteralExpression)) yield break;
        var type = model.GetTypeInfo(literal);
        foreach (var (name, value) in Replace(literal.Token, IsUnsigned((type.ConvertedType ?? type.Type)?.SpecialType)))
            yield return new(name, literal.Span, value);
    }

    private static IEnumerable<(string, string)> Replace(SyntaxToken token, bool unsigned) => token.Value switch
    {
        int or long or uint or ulong => Integers(token, unsigned),
        float x => Change(x + 1.0, x - 1.0, x * 2.0, x, value => AsFloat(Write((float)value), "f")),
        double x => Change(x + 1, x - 1, x * 2, x, value => AsFloat(Write(value), IsWritten(token, "d") ? "d" : "")),
        decimal x => Change(x + 1, x - 1, x * 2, x, value => $"{Write(value)}m"),
        _ => [],
    };

    private static IEnumerable<(string, string)> Integers(SyntaxToken token, bool unsigned)
    {
        var value = BigInteger.Parse(Write((IFormattable)token.Value!), NumberStyles.Integer, CultureInfo.InvariantCulture);
        var largest = token.Value switch
        {
            int => int.MaxValue,
            uint => uint.MaxValue,
            long => long.MaxValue,
            _ => (BigInteger)ulong.MaxValue,
        };
        var suffix = token.Text[token.Text.TrimEnd('u', 'U', 'l', 'L').Length..];
        return Change(
            value + 1, value - 1, value * 2, value,
            other => other > largest || (unsigned && other < 0) ? null : $"{Write(other)}{suffix}");
    }

    // Texts that differ from the original and from each other; null where a value does not fit the type.
    private static IEnumerable<(string, string)> Change<T>(T next, T previous, T twice, T original, Func<T, string?> write)
    {
        (string Name, T Value)[] changes =
            [("constant-plus-1", next), ("constant-minus-1", previous), ("constant-doubled", twice)];
        return changes
            .Select(change => (change.Name, Text: write(change.Value)))
            .Where(change => change.Text is { } text && text != write(original) && !text.Contains('∞', StringComparison.Ordinal))
            .DistinctBy(change => change.Text)
            .Select(change => (change.Name, Signed(change.Text!)));
    }

    private static string Write(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string AsFloat(string text, string suffix) =>
        suffix.Length > 0 || text.AsSpan().ContainsAny('.', 'E') ? text + suffix : text + ".0";

    private static string Signed(string text) => text[0] == '-' ? $"({text})" : text;

    private static bool IsWritten(SyntaxToken token, string suffix) =>
        token.Text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);

    private static bool IsUnsigned(SpecialType? type) =>
        type is SpecialType.System_Byte or SpecialType.System_UInt16 or SpecialType.System_UInt32 or SpecialType.System_UInt64
            or SpecialType.System_UIntPtr or SpecialType.System_Char;
}
