namespace TurkishLlm.Tokenization;

/// <summary>A split rule as a pre-tokenizer of Microsoft.ML.Tokenizers.</summary>
/// <param name="rule">The split rule.</param>
internal sealed class MLPreTokenizer(SplitRule rule) : Microsoft.ML.Tokenizers.PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var preTokens = new List<(int, int)>();
        for (var rest = rule.Split(text); rest.MoveNext();) preTokens.Add((rest.Start, rest.Current.Length));
        return preTokens;
    }
}
