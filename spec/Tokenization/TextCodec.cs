using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Encoding and decoding: the subject of most requirements about the tokenizer.</summary>
/// <param name="Encode">The ids of a text.</param>
/// <param name="Decode">The text of some ids.</param>
public sealed record TextCodec(Func<string, IReadOnlyList<int>> Encode, Func<IEnumerable<int>, string> Decode)
{
    /// <summary>Creates the codec of a tokenizer.</summary>
    public static TextCodec Of(Tokenizer tokenizer) => new(tokenizer.EncodeToIds, tokenizer.Decode);

    /// <summary>Creates the codec of a tokenizer that gets rewritten text, as in most silent bugs.</summary>
    public static TextCodec After(Func<string, string> rewrite, Tokenizer tokenizer) =>
        new(text => tokenizer.EncodeToIds(rewrite(text)), tokenizer.Decode);

    /// <summary>The text after encoding and decoding.</summary>
    public string RoundTrip(string text) => Decode(Encode(text));
}
