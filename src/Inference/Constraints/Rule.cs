using System.Text;

namespace TurkishLlm.Inference.Constraints;

/// <summary>A rule of a grammar over bytes.</summary>
internal abstract class Rule
{
    public static Rule Literal(string text) => Literal(Encoding.UTF8.GetBytes(text));

    public static Rule Literal(ReadOnlySpan<byte> bytes)
    {
        var rules = new Rule[bytes.Length];
        for (var i = 0; i < rules.Length; i++) rules[i] = Bytes(bytes[i], bytes[i]);
        return new SequenceRule(rules);
    }

    /// <summary>One byte of a range.</summary>
    public static ByteRule Bytes(int first, int last) => new((first, last));

    public static Rule Sequence(params Rule[] rules) => new SequenceRule(rules);

    public static Rule Choice(params IReadOnlyList<Rule> rules) => rules is [var single] ? single : new ChoiceRule(rules);

    public static Rule Optional(Rule rule) => new RepeatRule(rule, 0, 1);

    public static Rule Repeat(Rule rule, int minimum = 0, int? maximum = null) => new RepeatRule(rule, minimum, maximum);
}

/// <summary>One byte of a set.</summary>
internal sealed class ByteRule : Rule
{
    private readonly bool[] _bytes = new bool[256];

    public ByteRule(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        foreach (var (first, last) in ranges) Array.Fill(_bytes, true, first, last - first + 1);
    }

    public bool Contains(byte value) => _bytes[value];
}

/// <summary>Rules one after the other.</summary>
internal sealed class SequenceRule(IReadOnlyList<Rule> rules) : Rule
{
    public IReadOnlyList<Rule> Rules => rules;
}

/// <summary>One of several rules.</summary>
internal sealed class ChoiceRule(IReadOnlyList<Rule> rules) : Rule
{
    public IReadOnlyList<Rule> Rules => rules;
}

/// <summary>A rule several times. The rule must not match the empty text.</summary>
internal sealed class RepeatRule(Rule rule, int minimum, int? maximum) : Rule
{
    private RepeatRule? _next;

    public Rule Item => rule;

    public bool MayEnd => minimum == 0;

    public bool MayContinue => maximum is not 0;

    /// <summary>The repetitions after one more item. Always the same object, so that equal states are found.</summary>
    public RepeatRule Next => _next ??= minimum == 0 && maximum is null ? this : new(rule, Math.Max(0, minimum - 1), maximum - 1);
}

/// <summary>A rule that is defined later, because it contains itself.</summary>
internal sealed class LazyRule(Func<Rule> find) : Rule
{
    private Rule? _rule;

    public Rule Target => _rule ??= find();
}
