using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Text to ids and back: what most requirements about the tokenizer judge.</summary>
/// <param name="Encode">The ids of a text.</param>
/// <param name="Decode">The text of some ids.</param>
public sealed record TextCodec(Func<string, IReadOnlyList<int>> Encode, Func<IEnumerable<int>, string> Decode)
{
    /// <summary>A tokenizer as it is.</summary>
    public static TextCodec Of(Tokenizer tokenizer) => new(tokenizer.EncodeToIds, tokenizer.Decode);

    /// <summary>A tokenizer behind something that rewrites text: the shape of most silent bugs.</summary>
    public static TextCodec After(Func<string, string> rewrite, Tokenizer tokenizer) =>
        new(text => tokenizer.EncodeToIds(rewrite(text)), tokenizer.Decode);

    /// <summary>The text after encoding and decoding.</summary>
    public string RoundTrip(string text) => Decode(Encode(text));
}
