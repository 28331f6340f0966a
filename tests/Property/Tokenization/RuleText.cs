using FsCheck;
using FsCheck.Fluent;

namespace TurkishLlm.Tests.Property.Tokenization;

/// <summary>Texts of the characters that split rules treat differently.</summary>
public static class RuleText
{
    private static readonly string[] Parts =
    [
        "a", "k", "A", "Z", "ı", "İ", "ş", "Ü", "中", "𝐀", "𐞀", "s", "t", "m", "d", "S", "D", "re", "VE", "ll", "r", "l",
        "'", "’", "''", "0", "7", "12", "²", "٣", "𝟙", " ", " ", "  ", "\t", "\n", "\r\n", "\u0085", "\u00A0", "\u2028",
        "\u0301", "\u0345", "\U000101FD", "/", "//", ".", "(", "\"", "_", "€", "😀", "\u200D", "\u00AD", "\0", "\u001C",
        "\uD800", "\uDC00", "\u017F", "\u212A",
    ];

    public static Arbitrary<string> Strings() =>
        (from parts in Gen.Elements(Parts).ArrayOf() select string.Concat(parts)).ToArbitrary();
}
