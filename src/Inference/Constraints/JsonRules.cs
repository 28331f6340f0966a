namespace TurkishLlm.Inference.Constraints;

/// <summary>The grammar of JSON on one line: at most one space after a comma or colon, numbers of at most 15 digits.</summary>
/// <remarks>
/// White space and digits are limited because a model could otherwise repeat them until its token limit. 15 digits are those that
/// a double holds.
/// </remarks>
internal static class JsonRules
{
    private static readonly ByteRule Digit = Rule.Bytes('0', '9');
    private static readonly ByteRule Following = Rule.Bytes(0x80, 0xBF);
    private static readonly Rule Space = Rule.Optional(Rule.Literal(" "));

    public static Rule Comma { get; } = Rule.Sequence(Rule.Literal(","), Space);

    public static Rule Colon { get; } = Rule.Sequence(Rule.Literal(":"), Space);

    public static Rule Null { get; } = Rule.Literal("null");

    public static Rule Boolean { get; } = Rule.Choice(Rule.Literal("true"), Rule.Literal("false"));

    public static Rule Integer { get; } = Rule.Sequence(
        Rule.Optional(Rule.Literal("-")),
        Rule.Choice(Rule.Literal("0"), Rule.Sequence(Rule.Bytes('1', '9'), Rule.Repeat(Digit, 0, 14))));

    public static Rule Number { get; } = Rule.Sequence(
        Integer,
        Rule.Optional(Rule.Sequence(Rule.Literal("."), Rule.Repeat(Digit, 1, 15))),
        Rule.Optional(Rule.Sequence(
            new ByteRule(('e', 'e'), ('E', 'E')),
            Rule.Optional(new ByteRule(('+', '+'), ('-', '-'))),
            Rule.Repeat(Digit, 1, 2))));

    public static Rule String { get; } = CreateString();

    public static Rule Value { get; } = new LazyRule(() =>
        Rule.Choice(String, Number, Boolean, Null, Object!, Array!));

    public static Rule Array { get; } = List("[", Value, 0, null, "]");

    public static Rule Object { get; } = List("{", Rule.Sequence(String, Colon, Value), 0, null, "}");

    /// <summary>Items that are separated by commas.</summary>
    public static Rule List(string open, Rule item, int minimum, int? maximum, string close)
    {
        var items = maximum == 0
            ? Rule.Literal("")
            : Rule.Sequence(item, Rule.Repeat(Rule.Sequence(Comma, item), Math.Max(0, minimum - 1), maximum - 1));
        return Rule.Sequence(
            Rule.Literal(open), minimum == 0 ? Rule.Choice(Rule.Literal(""), items) : items, Rule.Literal(close));
    }

    // Well-formed UTF-8 (Unicode 15, table 3-7), without control characters.
    private static Rule CreateString()
    {
        var character = Rule.Choice(
            new ByteRule((0x20, 0x21), (0x23, 0x5B), (0x5D, 0x7E)),
            Rule.Sequence(Rule.Bytes(0xC2, 0xDF), Following),
            Rule.Sequence(Rule.Bytes(0xE0, 0xE0), Rule.Bytes(0xA0, 0xBF), Following),
            Rule.Sequence(new ByteRule((0xE1, 0xEC), (0xEE, 0xEF)), Following, Following),
            Rule.Sequence(Rule.Bytes(0xED, 0xED), Rule.Bytes(0x80, 0x9F), Following),
            Rule.Sequence(Rule.Bytes(0xF0, 0xF0), Rule.Bytes(0x90, 0xBF), Following, Following),
            Rule.Sequence(Rule.Bytes(0xF1, 0xF3), Following, Following, Following),
            Rule.Sequence(Rule.Bytes(0xF4, 0xF4), Rule.Bytes(0x80, 0x8F), Following, Following),
            Rule.Sequence(Rule.Literal("\\"), CreateEscape()));
        return Rule.Sequence(Rule.Literal("\""), Rule.Repeat(character), Rule.Literal("\""));
    }

    // Halves of surrogate pairs are not text, and letters beyond need no escape.
    private static Rule CreateEscape()
    {
        var hex = new ByteRule(('0', '9'), ('a', 'f'), ('A', 'F'));
        var notD = new ByteRule(
            ('0', '9'), ('a', 'c'), ('e', 'f'), ('A', 'C'),
            ('E', 'F'));
        var d = new ByteRule(('d', 'd'), ('D', 'D'));
        var letter = new ByteRule(
            ('"', '"'), ('\\', '\\'), ('/', '/'), ('b', 'b'),
            ('f', 'f'), ('n', 'n'), ('r', 'r'), ('t', 't'));
        return Rule.Choice(
            letter,
            Rule.Sequence(Rule.Literal("u"), notD, hex, hex, hex),
            Rule.Sequence(Rule.Literal("u"), d, Rule.Bytes('0', '7'), hex, hex));
    }
}
