namespace TurkishLlm.Tokenization;

/// <summary>The split rule as a pre-tokenizer of Microsoft.ML.Tokenizers.</summary>
internal sealed class MLPreTokenizer : Microsoft.ML.Tokenizers.PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var preTokens = new List<(int, int)>();
        for (var rest = PreTokenizer.Split(text); rest.MoveNext();) preTokens.Add((rest.Start, rest.Current.Length));
        return preTokens;
    }
}
