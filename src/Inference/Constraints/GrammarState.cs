using System.Collections;

namespace TurkishLlm.Inference.Constraints;

/// <summary>What may follow a text: all the ways in which the grammar can continue. Equal states are one object.</summary>
internal sealed class GrammarState
{
    private readonly GrammarStates _states;
    private readonly IReadOnlyList<Continuation> _heads;
    // Most states are only looked at, not continued.
    private (GrammarState? State, bool IsKnown)[]? _next;

    public GrammarState(GrammarStates states, IReadOnlyList<Continuation> heads, bool isComplete) =>
        (_states, _heads, IsComplete) = (states, heads, isComplete);

    /// <summary>True if the text is complete.</summary>
    public bool IsComplete { get; }

    /// <summary>The tokens that may follow, a bit for each id; null until they are needed.</summary>
    public BitArray? AllowedTokens { get; set; }

    /// <summary>Returns the state after a byte; null if the byte is not allowed.</summary>
    public GrammarState? Next(byte value)
    {
        _next ??= new (GrammarState?, bool)[256];
        if (_next[value].IsKnown) return _next[value].State;
        var rest = _heads.Where(head => ((ByteRule)head.Rule).Contains(value)).Select(head => head.Rest).ToArray();
        var next = rest.Length == 0 ? null : _states.Get(rest);
        _next[value] = (next, true);
        return next;
    }
}

/// <summary>A rule and what follows it. Equal continuations are one object.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Rest">What follows; null for the end of the text.</param>
/// <param name="Number">Identifies the continuation.</param>
internal sealed record Continuation(Rule Rule, Continuation? Rest, int Number)
{
    public bool Equals(Continuation? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Number;
}
