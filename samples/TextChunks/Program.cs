using System.Globalization;
using Microsoft.ML.Tokenizers;
using TurkishLlm.Tokenization.Foreign;

// Cuts a text into chunks of at most TOKENS tokens. usage: TextChunks TOKENIZER TEXT TOKENS
Tokenizer tokenizer = ForeignTokenizer.Load(args[0]).Encoder;      // one of this project, or of another
foreach (var chunk in Cut(tokenizer, File.ReadAllText(args[1]), int.Parse(args[2], CultureInfo.InvariantCulture)))
    Console.WriteLine($"{tokenizer.CountTokens(chunk)} tokens: {chunk.ReplaceLineEndings(" ")}");

// Knows only the base class of Microsoft.ML.Tokenizers.
static IEnumerable<string> Cut(Tokenizer tokenizer, string text, int maxTokens)
{
    while (text.Length > 0)
    {
        var end = tokenizer.GetIndexByTokenCount(text, maxTokens, out _, out _);
        if (end == 0) throw new ArgumentException($"{maxTokens} tokens are too few for a character.", nameof(maxTokens));
        yield return text[..end];
        text = text[end..];
    }
}
