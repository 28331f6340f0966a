namespace TurkishLlm.Inference.Constraints;

/// <summary>The states of a grammar that have been reached.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class GrammarStates
{
    private readonly Dictionary<(Rule, Continuation?), Continuation> _continuations = [];
    private readonly Dictionary<string, GrammarState> _states = new(StringComparer.Ordinal);

    /// <summary>Returns the state at the beginning of a grammar.</summary>
    public GrammarState Start(Rule rule) => Get([Get(rule, null)]);

    /// <summary>Returns the state in which any of the given continuations is next.</summary>
    public GrammarState Get(IReadOnlyList<Continuation?> alternatives)
    {
        var (visited, heads, isComplete) = (new HashSet<Continuation>(), new SortedDictionary<int, Continuation>(), false);
        var pending = new Stack<Continuation?>(alternatives);
        while (pending.TryPop(out var continuation))
        {
            if (continuation is null) isComplete = true;
            else if (!visited.Add(continuation)) continue;
            else if (continuation.Rule is ByteRule) heads[continuation.Number] = continuation;
            else Expand(continuation, pending);
        }
        var key = $"{isComplete}:{string.Join(',', heads.Keys)}";
        if (!_states.TryGetValue(key, out var state))
            _states[key] = state = new GrammarState(this, [.. heads.Values], isComplete);
        return state;
    }

    private void Expand(Continuation continuation, Stack<Continuation?> pending)
    {
        var rest = continuation.Rest;
        switch (continuation.Rule)
        {
            case SequenceRule sequence:
                foreach (var rule in sequence.Rules.Reverse()) rest = Get(rule, rest);
                pending.Push(rest);
                break;
            case ChoiceRule choice:
                foreach (var rule in choice.Rules) pending.Push(Get(rule, rest));
                break;
            case RepeatRule repeat:
                if (repeat.MayEnd) pending.Push(rest);
                if (repeat.MayContinue) pending.Push(Get(repeat.Item, Get(repeat.Next, rest)));
                break;
            case LazyRule lazy:
                pending.Push(Get(lazy.Target, rest));
                break;
        }
    }

    private Continuation Get(Rule rule, Continuation? rest)
    {
        if (!_continuations.TryGetValue((rule, rest), out var found))
            _continuations[(rule, rest)] = found = new(rule, rest, _continuations.Count);
        return found;
    }
}
