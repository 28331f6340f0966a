using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Constraints;

/// <summary>Keeps one text within a grammar.</summary>
/// <remarks>Spec: GEN-32. Not thread-safe.</remarks>
internal sealed class TokenConstraint
{
    private readonly TokenTrie _trie;
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<int> _endIds;
    private GrammarState? _state;

    /// <param name="grammar">The texts that may be generated.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="trie">The tokens of the model.</param>
    /// <param name="endIds">Tokens that end a continued text; null for an answer, which the end of the turn ends.</param>
    public TokenConstraint(Grammar grammar, Tokenizer tokenizer, TokenTrie trie, IReadOnlyList<int>? endIds)
    {
        (_tokenizer, _trie, _endIds) = (tokenizer, trie, endIds ?? [SpecialTokens.EndOfTurn]);
        _state = new GrammarStates().Start(grammar.Root);
    }

    /// <summary>Makes the logits of tokens that may not follow −∞.</summary>
    public void Apply(Span<float> logits)
    {
        var allowed = _state is null ? null : _state.AllowedTokens ??= _trie.FindAllowed(_state);
        for (var id = 0; id < logits.Length; id++)
            if (allowed is null || !allowed[id])
                if (_state is { IsComplete: false } || !_endIds.Contains(id)) logits[id] = float.NegativeInfinity;
    }

    /// <summary>Adds the chosen token.</summary>
    public void Accept(int id)
    {
        foreach (var value in id < SpecialTokens.Count ? [] : _tokenizer.GetBytes(id)) _state = _state?.Next(value);
    }
}
