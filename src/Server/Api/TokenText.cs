using System.Text;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Server.Protocol;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Server.Api;

/// <summary>Writes tokens with their probabilities.</summary>
/// <param name="tokenizer">The tokenizer of the model.</param>
internal sealed class TokenText(Tokenizer tokenizer)
{
    /// <summary>Writes the tokens of a message; null for none.</summary>
    public ChatLogprobs? ForChat(IEnumerable<TokenLogprob?> tokens)
    {
        var written = tokens.OfType<TokenLogprob>().Select(token => Describe(token.Id, token.Logprob) with
        {
            TopLogprobs = [.. token.Top.Select(other => Describe(other.Id, other.Logprob))],
        }).ToArray();
        return written.Length == 0 ? null : new(written);
    }

    /// <summary>Writes the tokens of a text; null for none.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="offset">Number of characters before them; updated.</param>
    public TextLogprobs? ForText(IEnumerable<TokenLogprob?> tokens, ref int offset)
    {
        var logprobs = tokens.OfType<TokenLogprob>().ToArray();
        if (logprobs.Length == 0) return null;
        var offsets = new List<int>();
        foreach (var token in logprobs)
        {
            offsets.Add(offset);
            offset += GetText(token.Id).Length;
        }
        return new(
            [.. logprobs.Select(token => GetText(token.Id))], [.. logprobs.Select(token => token.Logprob)],
            [.. logprobs.Select(GetTop)], offsets);
    }

    // Several tokens can have the same text, which is the part of a character; the most likely of them is shown.
    private Dictionary<string, double> GetTop(TokenLogprob token)
    {
        var top = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (id, logprob) in token.Top) top.TryAdd(GetText(id), logprob);
        return top;
    }

    private ChatTokenLogprob Describe(int id, double logprob) =>
        new(GetText(id), logprob, [.. GetBytes(id).Select(value => (int)value)]);

    private string GetText(int id) => Encoding.UTF8.GetString(GetBytes(id));

    // A model may have more ids than its tokenizer.
    private byte[] GetBytes(int id) => id < tokenizer.VocabularySize ? tokenizer.GetBytes(id).ToArray() : [];
}
