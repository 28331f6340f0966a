namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Encoding and decoding: the subject of most requirements about a tokenizer.</summary>
/// <param name="Encode">The ids of a text.</param>
/// <param name="Decode">The text of some ids.</param>
public sealed record TextCodec(Func<string, IReadOnlyList<int>> Encode, Func<IEnumerable<int>, string> Decode)
{
    /// <summary>Returns a codec that gets rewritten text, as in most silent bugs.</summary>
    /// <param name="rewrite">What is done to the text before.</param>
    public TextCodec After(Func<string, string> rewrite) => this with { Encode = text => Encode(rewrite(text)) };

    /// <summary>Encodes and decodes a text.</summary>
    /// <param name="text">The text.</param>
    public string RoundTrip(string text) => Decode(Encode(text));
}
